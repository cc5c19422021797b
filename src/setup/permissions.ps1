<#
.SYNOPSIS
Grants a managed identity or service principal the application permissions of Microsoft Graph that xcsync needs.

.DESCRIPTION
Run it as somebody who may grant application permissions: a Privileged Role Administrator or a Global Administrator. It
needs the module Microsoft.Graph.Authentication (Install-Module Microsoft.Graph.Authentication).

It signs in to one tenant and stops if it is signed in to another one; it looks up what the service principal holds,
grants what is missing, takes nothing away, and reads every grant back. A second run changes nothing. -WhatIf shows what
would be granted.

A managed identity's token may take up to 24 hours to hold a new permission.
#>
#Requires -Version 5.1
#Requires -Modules Microsoft.Graph.Authentication
[CmdletBinding(SupportsShouldProcess = $true)]
param()

# Whatever goes wrong ends the script.
$ErrorActionPreference = 'Stop'

$tenantName = __NAME__
$tenantId = __TENANT_ID__
$environment = __ENVIRONMENT__
$principalId = __PRINCIPAL_ID__
$permissions = __PERMISSIONS__
# Microsoft Graph's own application id, the same in every tenant and cloud.
$graphAppId = '00000003-0000-0000-c000-000000000000'

# Every item of a collection, page by page.
function Get-Every {
    param([string] $Uri)

    while ($Uri) {
        $page = Invoke-MgGraphRequest -Method GET -Uri $Uri -OutputType PSObject
        $page.value
        $Uri = $page.'@odata.nextLink'
    }
}

# 1. Sign in, and see where.
Connect-MgGraph -Environment $environment -TenantId $tenantId -Scopes 'AppRoleAssignment.ReadWrite.All', 'Application.Read.All' -ContextScope Process -NoWelcome
$context = Get-MgContext
if ($context.TenantId -ne $tenantId -or $context.Environment -ne $environment) {
    throw ('Signed in to the tenant {0} ({1}) where {2} ({3}) belongs. Nothing was changed.' -f $context.TenantId, $context.Environment, $tenantId, $environment)
}

# 2. Who gets them, and what is there already?
$principal = Invoke-MgGraphRequest -Method GET -Uri "v1.0/servicePrincipals/$($principalId)?`$select=id,appId,displayName" -OutputType PSObject
Write-Host ('Tenant {0}, service principal: {1} (application id {2})' -f $tenantName, $principal.displayName, $principal.appId)
$graph = @(Get-Every -Uri "v1.0/servicePrincipals?`$filter=appId eq '$graphAppId'&`$select=id,appRoles")[0]
if (-not $graph) {
    throw 'The service principal of Microsoft Graph was not found. Nothing was changed.'
}
$held = @(Get-Every -Uri "v1.0/servicePrincipals/$principalId/appRoleAssignments" | Where-Object { $_.resourceId -eq $graph.id } | ForEach-Object { "$($_.appRoleId)" })

# 3. Grant what is missing. What was not offered, or declined at a prompt of -Confirm, is not looked for afterwards.
$wanted = @()
$open = @()
foreach ($permission in $permissions) {
    $role = @($graph.appRoles | Where-Object { $_.value -eq $permission -and $_.allowedMemberTypes -contains 'Application' })[0]
    if (-not $role) {
        Write-Warning ('{0}: Microsoft Graph does not offer it in this cloud.' -f $permission)
        $open += $permission
        continue
    }
    if ($held -contains "$($role.id)") {
        Write-Host ('{0}: granted already' -f $permission)
        continue
    }
    if ($PSCmdlet.ShouldProcess($principal.displayName, "grant $permission")) {
        $body = @{ principalId = $principalId; resourceId = $graph.id; appRoleId = $role.id } | ConvertTo-Json
        try {
            Invoke-MgGraphRequest -Method POST -Uri "v1.0/servicePrincipals/$principalId/appRoleAssignments" -Body $body -ContentType 'application/json' | Out-Null
        }
        catch {
            throw ('{0} was not granted: {1}. What was granted before stays granted; run this script again when the cause is mended.' -f $permission, $_.Exception.Message)
        }
        Write-Host ('{0}: granted' -f $permission)
        $wanted += $role
    }
    else {
        $open += $permission
    }
}

# 4. Read back. The directory may show a new grant some seconds late.
if (-not $WhatIfPreference) {
    foreach ($wait in 0, 5, 10, 20) {
        Start-Sleep -Seconds $wait
        $held = @(Get-Every -Uri "v1.0/servicePrincipals/$principalId/appRoleAssignments" | ForEach-Object { "$($_.appRoleId)" })
        $unseen = @($wanted | Where-Object { $held -notcontains "$($_.id)" } | ForEach-Object { $_.value })
        if ($unseen.Count -eq 0) {
            break
        }
    }
    if ($unseen.Count -gt 0) {
        throw ('Not seen yet: {0}. Run this script again in some minutes.' -f ($unseen -join ', '))
    }
    if ($open.Count -gt 0) {
        Write-Warning ('Not granted: {0}.' -f ($open -join ', '))
    }
    Write-Host 'Everything else is there. A managed identity may get it into its tokens only after up to 24 hours.'
}
