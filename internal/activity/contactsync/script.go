package contactsync

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/i18n"
)

// The scripts that give an application or a service account what it needs and no
// more, for the administrator to read and to run in PowerShell. Sources:
// learn.microsoft.com, "Role Based Access Control for Applications in Exchange
// Online", "Configure impersonation".

// mostNamed is how many mailboxes a filter of a scope names one by one; more go into
// a group.
const mostNamed = 20

// Script returns the script for the connections of a set-up. Invalid if none of them
// leads to Exchange.
func (s Setup) Script(lang string) (string, error) {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(s.Connections)) {
		switch s.Connections[key].Kind {
		case kindGraph:
			parts = append(parts, s.scriptOnline(key, lang))
		case kindEWS:
			parts = append(parts, s.scriptOnPremises(key, lang))
		}
	}
	if len(parts) == 0 {
		return "", fault.New(fault.Invalid, "no connection of this set-up leads to Exchange: there is nothing to allow there")
	}
	return strings.Join(parts, "\n"), nil
}

// permissions are the names of the directory's permissions by what is read with
// them.
var permissions = []struct{ what, name string }{
	{"users", "User.Read.All"}, {"groups", "Group.Read.All"}, {"contacts", "OrgContact.Read.All"},
}

// lines is a script in the making.
type lines struct {
	strings.Builder
	lang string
}

func (l *lines) say(key string, args ...any) {
	fmt.Fprintf(l, "# %s\n", i18n.T(l.lang, "sync.script."+key, args...))
}

func (l *lines) do(format string, args ...any) { fmt.Fprintf(l, format+"\n", args...) }

// scriptOnline lets the application read what it needs of the directory, and write
// contacts in the mailboxes of its targets alone.
func (s Setup) scriptOnline(key, lang string) string {
	c, l := s.Connections[key], &lines{lang: lang}
	l.say("online", oneLine(s.Name))
	scopes := "Application.Read.All, AppRoleAssignment.ReadWrite.All"
	if len(s.groups(key)) > 0 {
		scopes += ", GroupMember.Read.All"
	}
	l.do("Connect-MgGraph -Scopes %s", scopes)
	l.do("Connect-ExchangeOnline")
	l.do("$app = Get-MgServicePrincipal -Filter %s", quoted("appId eq "+value(c.Client)))
	var names []string
	needs := s.needs(key)
	for _, p := range permissions {
		if needs[p.what] {
			names = append(names, quoted(p.name))
		}
	}
	if len(names) > 0 {
		l.say("directory")
		l.do("$graph = Get-MgServicePrincipal -Filter %s", quoted("appId eq "+value(graphApp)))
		l.do("foreach ($name in %s) {", strings.Join(names, ", "))
		l.do("  $role = $graph.AppRoles | Where-Object { $_.Value -eq $name -and $_.AllowedMemberTypes -contains 'Application' }")
		l.do("  New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -PrincipalId $app.Id -ResourceId $graph.Id -AppRoleId $role.Id")
		l.do("}")
	}
	read, scope := s.drawers(key), quoted("Kept "+oneLine(s.Name))
	if !s.aims(key) && len(read) == 0 {
		return l.String()
	}
	l.do("New-ServicePrincipal -AppId %s -ObjectId $app.Id -DisplayName %s", quoted(c.Client), scope)
	allow := func(role, scope string) {
		l.do("New-ManagementRoleAssignment -Name %s -App %s -Role %s -CustomResourceScope %s", scope, quoted(c.Client), quoted("Application "+role), scope)
	}
	if len(read) > 0 {
		l.say("shared")
		sources := quoted("Kept " + oneLine(s.Name) + ", sources")
		l.scope(sources, choices{named: read})
		allow("Contacts.Read", sources)
	}
	if s.aims(key) {
		l.say("mailboxes")
		l.find(s.groups(key), insideOnline)
		l.scope(scope, s.choices(key))
		allow("Contacts.ReadWrite", scope)
	}
	l.say("narrow")
	l.do("Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id | Format-Table ResourceDisplayName, AppRoleId")
	if some := s.some(key); some != "" {
		l.say("check")
		l.do("Test-ServicePrincipalAuthorization -Identity $app.Id -Resource %s", quoted(some))
	}
	return l.String()
}

// graphApp is the id of Microsoft Graph itself, the same in every organisation.
const graphApp = "00000003-0000-0000-c000-000000000000"

// scriptOnPremises lets the service account act for the mailboxes of its targets
// alone.
func (s Setup) scriptOnPremises(key, lang string) string {
	c, l := s.Connections[key], &lines{lang: lang}
	l.say("premises", oneLine(s.Name))
	scope := quoted("Kept " + oneLine(s.Name))
	l.find(s.groups(key), insideOnPremises)
	l.scope(scope, s.choices(key))
	l.do("New-ManagementRoleAssignment -Name %s -Role ApplicationImpersonation -User %s -CustomRecipientWriteScope %s", scope, quoted(c.Account), scope)
	return l.String()
}

// drawers are the shared mailboxes that sources of a connection read.
func (s Setup) drawers(key string) (all []string) {
	for _, name := range slices.Sorted(maps.Keys(s.Sources)) {
		if source := s.Sources[name]; source.Connection == key && source.Mailbox != "" {
			all = append(all, source.Mailbox)
		}
	}
	return all
}

// groups are those that targets of a connection choose by.
func (s Setup) groups(key string) (all []string) {
	for _, target := range slices.Sorted(maps.Keys(s.Targets)) {
		if t := s.Targets[target]; t.Connection == key {
			all = append(all, t.Groups...)
		}
	}
	return all
}

// A scope knows direct members only, so the groups inside a group are named too. In Exchange
// Online Graph finds them; on a server they are among the members.
const (
	insideOnline = `foreach ($name in $groups.ExternalDirectoryObjectId) {
  $groups += @(Get-MgGroupTransitiveMemberAsGroup -GroupId $name -All | ForEach-Object { Get-Group -Identity $_.Id })
}`
	insideOnPremises = `for ($i = 0; $i -lt $groups.Count; $i++) {
  foreach ($name in $groups[$i].Members) {
    $inner = Get-Group -Identity $name -ErrorAction SilentlyContinue
    if ($inner -and $groups.DistinguishedName -notcontains $inner.DistinguishedName) { $groups += $inner }
  }
}`
)

// find puts groups, and those inside them, into a variable.
func (l *lines) find(groups []string, inside string) {
	if len(groups) == 0 {
		return
	}
	all := make([]string, len(groups))
	for i, g := range groups {
		all[i] = quoted(g)
	}
	l.say("groups")
	l.do("$groups = @(%s | ForEach-Object { Get-Group -Identity $_ })", strings.Join(all, ", "))
	l.do("%s", inside)
}

// choices are mailboxes that are chosen: by filters, which are expressions of PowerShell, by
// the groups that a variable holds, and by their addresses.
type choices struct {
	filters, named []string
	grouped        bool
}

// choices are the mailboxes that targets of a connection choose.
func (s Setup) choices(key string) (c choices) {
	for _, target := range slices.Sorted(maps.Keys(s.Targets)) {
		t := s.Targets[target]
		if t.Connection != key {
			continue
		}
		c.grouped = c.grouped || len(t.Groups) > 0
		if t.Department != "" {
			c.filters = append(c.filters, quoted("Department -eq "+value(t.Department)))
		}
		c.named = append(c.named, t.Mailboxes...)
	}
	return c
}

// scope makes a scope of mailboxes. One that names many gets a group of its own.
func (l *lines) scope(name string, c choices) {
	slices.Sort(c.named)
	c.named = slices.Compact(c.named)
	if len(c.named) > mostNamed {
		l.say("group")
		if !c.grouped {
			l.do("$groups = @()")
		}
		l.do("$groups += New-DistributionGroup -Type Security -Name %s", name)
		for _, address := range c.named {
			l.do("Add-DistributionGroupMember -Identity $groups[-1].Identity -Member %s", quoted(address))
		}
		c.grouped, c.named = true, nil
	}
	for _, address := range c.named {
		c.filters = append(c.filters, quoted("PrimarySmtpAddress -eq "+value(address)))
	}
	filter := "@(" + strings.Join(c.filters, ", ") + ")"
	if c.grouped {
		filter = "(" + filter + ` + @($groups | ForEach-Object { "MemberOfGroup -eq '" + $_.DistinguishedName.Replace("'", "''") + "'" }))`
	}
	l.do("$filter = %s -join ' -or '", filter)
	l.do("New-ManagementScope -Name %s -RecipientRestrictionFilter $filter", name)
}

// aims reports whether a target uses a connection.
func (s Setup) aims(key string) bool {
	for _, t := range s.Targets {
		if t.Connection == key {
			return true
		}
	}
	return false
}

// some is a mailbox that a target of a connection names, empty if none is named.
func (s Setup) some(key string) string {
	for _, name := range slices.Sorted(maps.Keys(s.Targets)) {
		if t := s.Targets[name]; t.Connection == key && len(t.Mailboxes) > 0 {
			return t.Mailboxes[0]
		}
	}
	return ""
}

// quoted is a text as a literal of PowerShell, which takes typographic quotes for
// quotes too.
func quoted(text string) string {
	var b strings.Builder
	for _, r := range oneLine(text) {
		if strings.ContainsRune("'‘’‚‛", r) {
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	return "'" + b.String() + "'"
}

// value is a text as a value in a filter of Exchange.
func value(text string) string { return "'" + strings.ReplaceAll(oneLine(text), "'", "''") + "'" }

// oneLine is a text without line breaks and control characters.
func oneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text))
}
