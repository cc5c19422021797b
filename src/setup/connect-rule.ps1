<#
.SYNOPSIS
Creates the outbound rule that an additional Entra Connect server needs, so that the accounts which it brings can be invited in place.

.DESCRIPTION
Run it on the additional Entra Connect server: the one that copies the people of one side into the other side's tenant.
Not on the server that synchronizes people into the tenant where they sign in.

The rule has no scoping filter: it covers every user whom this server brings. That is right where it brings the other
side's people alone. Where it brings your own people too, give the rule a scoping filter in the Synchronization Rules
Editor before a cycle runs: use -NoCycle, and switch the scheduler off yourself before.

Entra Connect writes onPremisesUserPrincipalName by default, and an account that carries it is refused when it is invited
in place. The rule writes an empty value instead (AuthoritativeNull: no other rule can fill it), and marks the account as
a mail user without a mailbox (msExchRecipientDisplayType 6, msExchRecipientTypeDetails 128).

The rule changes what this server exports, and nothing in Active Directory. To take it back, delete it in the
Synchronization Rules Editor (direction: Outbound) and run an initial cycle.

What it does, in this order:
 1. finds the Entra connector and stops unless it belongs to -ExpectedTenant; until then it only reads;
 2. stops without a change where the rule is there already, another rule has its precedence, or a cycle is running;
 3. switches the scheduler off, creates the rule, and puts the scheduler back as it was, also after a failure;
 4. starts an initial cycle, so that existing accounts get the new values too;
 5. says how to verify it.

.PARAMETER ExpectedTenant
The tenant that this server synchronizes INTO: its id, or one of its verified domains. A tenant that does not match stops the script.

.PARAMETER UpnTo
Optional: extensionAttribute1 to extensionAttribute15. The person's UPN at home is written there, for `address` in the
configuration of xcsync. The attribute must not be in use for anything else: this rule replaces its value in the cloud.

.PARAMETER Precedence
The rule's precedence, 1 to 99; custom rules stand before the default ones, which begin at 100.

.PARAMETER NoCycle
Creates the rule and starts no cycle. Existing accounts keep their values until an initial cycle has run.

.EXAMPLE
.\connect-rule.ps1 -ExpectedTenant 11111111-2222-3333-4444-555555555555 -WhatIf
Shows what would be done.

.EXAMPLE
.\connect-rule.ps1 -ExpectedTenant fabrikam.onmicrosoft.us
Creates the rule and starts an initial cycle.
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $ExpectedTenant,

    [ValidatePattern('^(extensionAttribute([1-9]|1[0-5]))?$')]
    [string] $UpnTo = __UPN_TO__,

    [ValidateRange(1, 99)]
    [int] $Precedence = 90,

    [switch] $NoCycle
)

# Whatever goes wrong ends the script: half a rule is worse than none.
$ErrorActionPreference = 'Stop'

$ruleName = 'Out to Entra ID - xcsync invitable users'
# The same on every server, so that a second run finds the rule of the first.
$ruleId = '9c1f6f3e-5a0d-4d0a-9a57-7f5d2b8a6e90'
$noRule = '00000000-0000-0000-0000-000000000000'

# The ids of the tenants that bear a name, from the public OpenID documents of the clouds. One name can be borne by two
# tenants, one in each cloud; then nobody can tell by it which of them is meant. A cloud that does not answer is therefore
# an error, and not a cloud without such a tenant.
function Get-TenantIdOf {
    param([string] $Name)

    $guid = [guid]::Empty
    if ([guid]::TryParse($Name, [ref] $guid)) {
        return $guid.ToString()
    }
    # An initial domain belongs to one cloud, so that the other one need not be reachable from here.
    $loginHosts = @('login.microsoftonline.com', 'login.microsoftonline.us')
    if ($Name -like '*.onmicrosoft.com') {
        $loginHosts = @('login.microsoftonline.com')
    }
    if ($Name -like '*.onmicrosoft.us') {
        $loginHosts = @('login.microsoftonline.us')
    }
    foreach ($loginHost in $loginHosts) {
        $address = 'https://{0}/{1}/v2.0/.well-known/openid-configuration' -f $loginHost, [uri]::EscapeDataString($Name)
        try {
            $document = Invoke-RestMethod -Method Get -Uri $address -UseBasicParsing
        }
        catch {
            # 400 is how it says that it knows no such tenant.
            $answer = $_.Exception.Response
            if ($answer -and [int] $answer.StatusCode -eq 400) {
                continue
            }
            throw ('{0} could not be asked about {1}: {2}. Nothing was changed. Let this server reach it, or give -ExpectedTenant as the domain that the Entra connector itself bears.' -f $loginHost, $Name, $_.Exception.Message)
        }
        # Such as https://login.microsoftonline.us/<tenant id>/v2.0
        $segment = ([uri] $document.issuer).Segments[1].Trim('/')
        if ([guid]::TryParse($segment, [ref] $guid)) {
            $guid.ToString()
        }
    }
}

# The names that the connector itself bears: the domain of the account that it signs in with, where that is an account,
# and the domain that its own name begins with, which setup makes of the tenant's initial domain
# ("fabrikam.onmicrosoft.us - AAD"; what follows the domain has changed over time).
function Get-ConnectorDomain {
    param($Connector)

    $domains = @()
    foreach ($parameter in $Connector.ConnectivityParameters) {
        if ($parameter.Name -eq 'UserName' -and "$($parameter.Value)" -match '@(?<domain>[^@\s]+)$') {
            $domains += $Matches['domain']
        }
    }
    if ($Connector.Name -match '^(?<domain>[a-z0-9-]+(\.[a-z0-9-]+)+)(\s|$)') {
        $domains += $Matches['domain']
    }
    return @($domains | Select-Object -Unique)
}

# 1. The right server?
Import-Module ADSync
# Windows PowerShell may offer only older versions of TLS, which the sign-in service refuses.
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
# By its type, since anybody may rename a connector: "Windows Azure Active Directory (Microsoft)", or a later name of the
# same service. @() because one connector alone would not be a list.
$connectors = @(Get-ADSyncConnector | Where-Object { "$($_.SubType)" -match 'Azure Active Directory|Microsoft Entra' })
if ($connectors.Count -ne 1) {
    throw ('This server has {0} Entra connectors where one belongs. Nothing was changed.' -f $connectors.Count)
}
$connector = $connectors[0]
$domains = @(Get-ConnectorDomain -Connector $connector)
if ($domains.Count -eq 0) {
    throw ('The connector "{0}" does not tell which tenant it belongs to. Nothing was changed. Create the rule by hand in the Synchronization Rules Editor.' -f $connector.Name)
}
foreach ($domain in $domains) {
    if ($domain -eq $ExpectedTenant) {
        continue
    }
    $expectedId = @(Get-TenantIdOf -Name $ExpectedTenant | Select-Object -Unique)
    $foundId = @(Get-TenantIdOf -Name $domain | Select-Object -Unique)
    if ($expectedId.Count -ne 1 -or $foundId.Count -ne 1) {
        throw ('Whether {0} and {1} are one tenant could not be found out: the sign-in service does not answer, does not know them, or knows them in two clouds. Nothing was changed. Give {1} as -ExpectedTenant if that is the right tenant.' -f $ExpectedTenant, $domain)
    }
    if ($expectedId[0] -ne $foundId[0]) {
        throw ('This server synchronizes into {0} ({1}), not into {2}. Nothing was changed.' -f $domain, $foundId[0], $ExpectedTenant)
    }
}
Write-Host ('Entra connector: {0}' -f $connector.Name)

# 2. What is there already?
$rules = @(Get-ADSyncRule)
$existing = @($rules | Where-Object { "$($_.Identifier)" -eq $ruleId -or $_.Name -eq $ruleName })
if ($existing.Count -gt 0) {
    Write-Host ('The rule "{0}" exists already, with precedence {1}. Nothing was changed.' -f $existing[0].Name, $existing[0].Precedence)
    Write-Host 'If no initial cycle has run since it was made: Start-ADSyncSyncCycle -PolicyType Initial'
    if ($existing[0].Disabled) {
        Write-Warning 'It is disabled: enable it in the Synchronization Rules Editor and run an initial cycle.'
    }
    $written = @($existing[0].AttributeFlowMappings | ForEach-Object { "$($_.Destination)" })
    if ($UpnTo -and $written -notcontains $UpnTo) {
        Write-Warning ('It does not write {0}: delete it in the Synchronization Rules Editor and run this script again.' -f $UpnTo)
    }
    return
}
$neighbours = @($rules | Where-Object { $_.Precedence -eq $Precedence })
if ($neighbours.Count -gt 0) {
    throw ('The rule "{0}" has precedence {1} already. Nothing was changed. Give another one with -Precedence.' -f $neighbours[0].Name, $Precedence)
}
$scheduler = Get-ADSyncScheduler
if ($scheduler.SyncCycleInProgress) {
    throw 'A synchronization cycle is running. Nothing was changed. Run this script again when it has ended.'
}

# 3. The rule.
if (-not $PSCmdlet.ShouldProcess($connector.Name, ('create the outbound rule "{0}" with precedence {1}' -f $ruleName, $Precedence))) {
    return
}
$wasEnabled = [bool] $scheduler.SyncCycleEnabled
try {
    # No cycle may start between two steps.
    if ($wasEnabled) {
        Set-ADSyncScheduler -SyncCycleEnabled $false
    }
    if ((Get-ADSyncScheduler).SyncCycleInProgress) {
        throw 'A synchronization cycle has begun in this moment. No rule was created. Run this script again when it has ended.'
    }
    $newRule = @{
        Name                     = $ruleName
        Identifier               = $ruleId
        Description              = 'Lets accounts of the other side be invited in place: no onPremisesUserPrincipalName, mail user without a mailbox.'
        Direction                = 'Outbound'
        Precedence               = $Precedence
        PrecedenceAfter          = $noRule
        PrecedenceBefore         = $noRule
        SourceObjectType         = 'person'
        TargetObjectType         = 'user'
        Connector                = $connector.Identifier
        # Joins what other rules have provisioned, and provisions nobody itself.
        LinkType                 = 'Join'
        SoftDeleteExpiryInterval = 0
        ImmutableTag             = ''
    }
    # The cmdlets give the rule as far as it is built; only Add-ADSyncRule writes it.
    $rule = @(New-ADSyncRule @newRule)[0]

    $flow = @{ SynchronizationRule = $rule; Destination = 'onPremisesUserPrincipalName'; FlowType = 'Expression'; ValueMergeType = 'Update'; Expression = 'AuthoritativeNull' }
    $rule = @(Add-ADSyncAttributeFlowMapping @flow)[0]

    $flow = @{ SynchronizationRule = $rule; Destination = 'msExchRecipientDisplayType'; FlowType = 'Constant'; ValueMergeType = 'Update'; Source = @('6') }
    $rule = @(Add-ADSyncAttributeFlowMapping @flow)[0]

    $flow = @{ SynchronizationRule = $rule; Destination = 'msExchRecipientTypeDetails'; FlowType = 'Constant'; ValueMergeType = 'Update'; Source = @('128') }
    $rule = @(Add-ADSyncAttributeFlowMapping @flow)[0]

    if ($UpnTo) {
        # userPrincipalName in the metaverse is what this server took as the user name: the UPN of Active Directory,
        # unless the wizard was told another attribute. Then change the source of this flow in the rules editor.
        $flow = @{ SynchronizationRule = $rule; Destination = $UpnTo; FlowType = 'Direct'; ValueMergeType = 'Update'; Source = @('userPrincipalName') }
        $rule = @(Add-ADSyncAttributeFlowMapping @flow)[0]
    }

    Add-ADSyncRule -SynchronizationRule $rule | Out-Null
    if (-not (Get-ADSyncRule -Identifier $ruleId)) {
        throw 'The rule was added and is not listed. Look into the Synchronization Rules Editor (direction: Outbound).'
    }
    Write-Host ('Created: {0}' -f $ruleName)
}
finally {
    # As it was before, whatever happened; a failure here must not hide the one before.
    if ($wasEnabled) {
        try {
            Set-ADSyncScheduler -SyncCycleEnabled $true
        }
        catch {
            Write-Warning ('The scheduler is OFF and could not be switched on again: {0}. Run: Set-ADSyncScheduler -SyncCycleEnabled $true' -f $_.Exception.Message)
        }
    }
}

# 4. Existing accounts get the new values by an initial cycle only; a delta cycle looks at changed accounts.
if (-not $NoCycle -and $PSCmdlet.ShouldProcess($connector.Name, 'start an initial synchronization cycle')) {
    # The scheduler may have begun a cycle by itself in the meantime.
    while ((Get-ADSyncScheduler).SyncCycleInProgress) {
        Write-Host 'Waiting for the cycle that is running.'
        Start-Sleep -Seconds 15
    }
    try {
        Start-ADSyncSyncCycle -PolicyType Initial | Out-Null
    }
    catch {
        throw ('The rule was created, and the initial cycle could not be started: {0}. Close the wizard of Entra Connect if it is open, then run: Start-ADSyncSyncCycle -PolicyType Initial' -f $_.Exception.Message)
    }
    Write-Host 'The initial cycle has begun. With many accounts it takes hours.'
}

# 5. How to see that it worked.
if ($scheduler.StagingModeEnabled) {
    Write-Warning 'This server is in staging mode: it exports nothing, so that no account changes before that ends.'
}
if (-not $wasEnabled) {
    Write-Warning 'The scheduler was off before and still is. To switch it on: Set-ADSyncScheduler -SyncCycleEnabled $true'
}
Write-Host 'To verify, when the cycle has ended (Get-ADSyncScheduler: SyncCycleInProgress is False):'
Write-Host ('  Get-ADSyncRule -Identifier {0}   shows the rule;' -f $ruleId)
Write-Host '  Synchronization Service > Connectors > the Entra connector > Search Connector Space > a person of the other side:'
Write-Host '  msExchRecipientDisplayType is 6 and msExchRecipientTypeDetails is 128;'
Write-Host '  then one person who knows of it is invited, which is the proof: xcsync invite --user <address>'
Write-Host 'Whether Graph shows an onPremisesUserPrincipalName is no sign: accounts that can be invited and others look the same.'
