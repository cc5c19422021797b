<#
.SYNOPSIS
Sets one side of a pair up for invitations between two clouds: the cross-tenant access settings of one tenant.

.DESCRIPTION
Run it as a Security Administrator or a Global Administrator of the tenant that is named below. It needs the module
Microsoft.Graph.Authentication (Install-Module Microsoft.Graph.Authentication).

It signs in to that tenant and stops if it is signed in to another one. It looks what is set, and adds what is missing:
 - the other cloud is enabled (an enabled cloud alone allows nobody);
 - the other tenant is added as an organization, by its id;
 - automatic redemption is switched on for that organization.
It removes and narrows nothing. Where B2B collaboration is blocked or restricted, it says so and changes it only with
-Allow. Every change is read back. A second run changes nothing. -WhatIf shows what would be changed.

The other side needs its own script. Changes take 15 to 60 minutes to act.

.PARAMETER Allow
b2b-inbound, b2b-outbound: opens B2B collaboration with this organization, for everybody and every application.
partner-cloud: tries to enable the other cloud where the tenant does not tell which ones are enabled. The list is written
whole, so that an entry which nobody can see would be lost.
#>
#Requires -Version 5.1
#Requires -Modules Microsoft.Graph.Authentication
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [ValidateSet('partner-cloud', 'b2b-inbound', 'b2b-outbound')]
    [string[]] $Allow = @()
)

# Whatever goes wrong ends the script.
$ErrorActionPreference = 'Stop'

$tenantName = __NAME__
$tenantId = __TENANT_ID__
$environment = __ENVIRONMENT__
$otherName = __OTHER_NAME__
$otherId = __OTHER_ID__
# As allowedCloudEndpoints names it; empty where both tenants are in one cloud.
$otherCloud = __OTHER_CLOUD__
# Whether this tenant invites the other's people, and whether it is the home of people whom the other invites.
$invites = __INVITES__
$isHome = __IS_HOME__

$policyUri = 'v1.0/policies/crossTenantAccessPolicy'
$partnerUri = "$policyUri/partners/$otherId"

function Read-Graph {
    param([string] $Uri)

    Invoke-MgGraphRequest -Method GET -Uri $Uri -OutputType PSObject
}

function Write-Graph {
    param([string] $Method, [string] $Uri, $Body)

    $json = ConvertTo-Json -InputObject $Body -Depth 10
    try {
        Invoke-MgGraphRequest -Method $Method -Uri $Uri -Body $json -ContentType 'application/json' | Out-Null
    }
    catch {
        throw ('{0} {1} was refused: {2}. What was changed before stays changed. The whole policy may not be larger than 25 KB: with very many organizations, remove some that are not needed any more.' -f $Method, $Uri, $_)
    }
}

# The other tenant's settings, or nothing where it is no partner. All are listed, because a missing one would be an error.
function Get-Partner {
    $uri = "$policyUri/partners"
    while ($uri) {
        $page = Read-Graph -Uri $uri
        $page.value | Where-Object { $_.tenantId -eq $otherId }
        $uri = $page.'@odata.nextLink'
    }
}

# Reads until a change can be seen; the directory may show it some seconds late.
function Wait-Until {
    param([string] $What, [scriptblock] $IsSeen)

    foreach ($wait in 0, 2, 5, 10, 20) {
        Start-Sleep -Seconds $wait
        if (& $IsSeen) {
            Write-Host ('{0}: changed' -f $What)
            return
        }
    }
    throw ('{0}: the change was taken and is not seen yet. Run this script again in some minutes.' -f $What)
}

# allowed, restricted, blocked or untold: what one rule says, by how its kind of target says "everybody".
function Get-RuleAccess {
    param($Rule, [string] $Everybody)

    if (-not $Rule) { return 'untold' }
    # Without Where-Object, no targets would be one empty target.
    $targets = @($Rule.targets | Where-Object { $_ } | ForEach-Object { $_.target })
    $isAll = $targets -contains $Everybody
    if ($Rule.accessType -eq 'allowed' -and $isAll) { return 'allowed' }
    if ($Rule.accessType -eq 'blocked' -and $targets.Count -eq 0) { return 'allowed' }
    if ($Rule.accessType -eq 'blocked' -and $isAll) { return 'blocked' }
    if ($Rule.accessType -eq 'allowed' -and $targets.Count -eq 0) { return 'blocked' }
    if ($targets.Count -gt 0 -and @('allowed', 'blocked') -contains $Rule.accessType) { return 'restricted' }
    return 'untold'
}

# What a direction comes to: the partner's setting, or the default's where the partner's is empty.
function Get-Access {
    param($Partner, $Default, [string] $Property)

    $found = @()
    foreach ($part in @(@('usersAndGroups', 'AllUsers'), @('applications', 'AllApplications'))) {
        $rule = $null
        if ($Partner -and $Partner.$Property) {
            $rule = $Partner.$Property.($part[0])
        }
        if (-not $rule) {
            $rule = $Default.$Property.($part[0])
        }
        $found += Get-RuleAccess -Rule $rule -Everybody $part[1]
    }
    foreach ($worst in 'untold', 'blocked', 'restricted') {
        if ($found -contains $worst) {
            return $worst
        }
    }
    return 'allowed'
}

# 1. Sign in, and see where.
Connect-MgGraph -Environment $environment -TenantId $tenantId -Scopes 'Policy.Read.All', 'Policy.ReadWrite.CrossTenantAccess' -ContextScope Process -NoWelcome
$context = Get-MgContext
if ($context.TenantId -ne $tenantId -or $context.Environment -ne $environment) {
    throw ('Signed in to the tenant {0} ({1}) where {2} ({3}) belongs. Nothing was changed.' -f $context.TenantId, $context.Environment, $tenantId, $environment)
}
Write-Host ('Tenant {0} ({1}), settings for {2} ({3})' -f $tenantName, $tenantId, $otherName, $otherId)

# 2. partner-cloud
if ($otherCloud) {
    $policy = Read-Graph -Uri $policyUri
    # Without the property nobody knows; that is not the same as an empty list.
    $isTold = $null -ne $policy.allowedCloudEndpoints
    $clouds = @($policy.allowedCloudEndpoints | Where-Object { $_ })
    if ($isTold -and $clouds -contains $otherCloud) {
        Write-Host ('partner-cloud: {0} is enabled already' -f $otherCloud)
    }
    elseif (-not $isTold -and $Allow -notcontains 'partner-cloud') {
        Write-Warning ('partner-cloud: this tenant does not tell which clouds are enabled. See that {0} is: Entra admin center > External Identities > Cross-tenant access settings > Microsoft cloud settings. -Allow partner-cloud tries to enable it.' -f $otherCloud)
    }
    elseif ($PSCmdlet.ShouldProcess($tenantName, "enable the cloud $otherCloud")) {
        # The list is written whole: what is there stays there.
        Write-Graph -Method PATCH -Uri $policyUri -Body @{ allowedCloudEndpoints = @($clouds + $otherCloud) }
        if ($isTold) {
            Wait-Until -What 'partner-cloud' -IsSeen { @((Read-Graph -Uri $policyUri).allowedCloudEndpoints) -contains $otherCloud }
        }
        else {
            Write-Warning 'partner-cloud: the service took the change, and this tenant does not tell whether it is there. Look at the page above.'
        }
    }
}

# 3. partner-organization
if (Get-Partner) {
    Write-Host 'partner-organization: added already'
}
elseif ($PSCmdlet.ShouldProcess($tenantName, "add the organization $otherId")) {
    Write-Graph -Method POST -Uri "$policyUri/partners" -Body @{ tenantId = $otherId }
    Wait-Until -What 'partner-organization' -IsSeen { Get-Partner }
}

if (-not $WhatIfPreference -and -not (Get-Partner)) {
    # Declined at a prompt of -Confirm.
    Write-Warning 'Without the organization there is nothing more to set. Nothing else was changed.'
    return
}

# 4. b2b-inbound, b2b-outbound
$default = Read-Graph -Uri "$policyUri/default"
$directions = @()
if ($invites) {
    $directions += @{ Check = 'b2b-inbound'; Property = 'b2bCollaborationInbound' }
}
if ($isHome) {
    $directions += @{ Check = 'b2b-outbound'; Property = 'b2bCollaborationOutbound' }
}
foreach ($direction in $directions) {
    $access = Get-Access -Partner (Get-Partner) -Default $default -Property $direction.Property
    if ($access -eq 'allowed') {
        Write-Host ('{0}: allowed already' -f $direction.Check)
    }
    elseif ($Allow -notcontains $direction.Check) {
        Write-Warning ('{0}: {1}, and left as it is. -Allow {0} opens it for everybody, for this organization alone.' -f $direction.Check, $access)
    }
    elseif ($PSCmdlet.ShouldProcess($tenantName, "allow $($direction.Check) for $otherId, which is $access now")) {
        $setting = @{
            usersAndGroups = @{ accessType = 'allowed'; targets = @(@{ target = 'AllUsers'; targetType = 'user' }) }
            applications   = @{ accessType = 'allowed'; targets = @(@{ target = 'AllApplications'; targetType = 'application' }) }
        }
        Write-Graph -Method PATCH -Uri $partnerUri -Body @{ ($direction.Property) = $setting }
        Wait-Until -What $direction.Check -IsSeen { (Get-Access -Partner (Get-Partner) -Default $default -Property $direction.Property) -eq 'allowed' }
    }
}

# 5. auto-redeem: people are spared the consent only where both sides say so.
$partner = Get-Partner
$now = $partner.automaticUserConsentSettings
$hasAll = $partner -and (-not $invites -or $now.inboundAllowed) -and (-not $isHome -or $now.outboundAllowed)
if ($hasAll) {
    Write-Host 'auto-redeem: on already'
}
elseif ($PSCmdlet.ShouldProcess($tenantName, "switch automatic redemption on for $otherId")) {
    # Both values are written, so that the other one stays as it is.
    $consent = @{ inboundAllowed = $now.inboundAllowed; outboundAllowed = $now.outboundAllowed }
    if ($invites) {
        $consent.inboundAllowed = $true
    }
    if ($isHome) {
        $consent.outboundAllowed = $true
    }
    Write-Graph -Method PATCH -Uri $partnerUri -Body @{ automaticUserConsentSettings = $consent }
    Wait-Until -What 'auto-redeem' -IsSeen {
        $seen = (Get-Partner).automaticUserConsentSettings
        (-not $invites -or $seen.inboundAllowed) -and (-not $isHome -or $seen.outboundAllowed)
    }
}

Write-Host ('Done. Changes take 15 to 60 minutes to act. The other side, {0}, needs its own script; then: xcsync check' -f $otherName)
