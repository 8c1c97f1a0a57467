package rights

import (
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// newsTo words what a recipient is told: who it is about, what was done here, and
// what is expected of it (Art. 19, 17(2) GDPR).
func newsTo(lang string, p *policy.Policy, i Informing, c *content) (title, text string) {
	t := func(key string, args ...any) string { return i18n.T(lang, "rights.tell."+key, args...) }
	var b strings.Builder
	b.WriteString(t("hello") + "\n\n" + t("what."+string(i.Right), p.Controller.Name) + "\n")
	b.WriteString("\n" + t("who") + "\n")
	for _, id := range c.Person.Identifiers {
		b.WriteString("  " + id.Value + "\n")
	}
	if i.Right == Rectification {
		b.WriteString("\n" + t("new") + "\n")
		for _, x := range c.Wish.Corrections {
			if x.System == "" {
				b.WriteString("  " + x.Field + ": " + x.New + "\n")
			}
		}
	}
	b.WriteString("\n" + t("fields", strings.Join(i.Fields, ", ")) + "\n\n" + t("please") + "\n" + t("case", i.Case) + "\n\n" + p.Controller.Name + "\n")
	return t("title", p.Controller.Name), b.String()
}
