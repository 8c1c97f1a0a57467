package change

import (
	"fmt"
	"io"
	"strings"

	"kept/internal/duty/notice"
	"kept/internal/i18n"
)

// Text writes the report for a terminal: the heaviest changes first, what is to do
// last.
func (r Report) Text(w io.Writer) error {
	var b strings.Builder
	if len(r.Changes) == 0 {
		b.WriteString(r.t("none") + "\n")
	}
	for _, weight := range Weights() {
		lines := r.Of(weight)
		if len(lines) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s\n", r.t("weight."+string(weight)))
		for _, x := range lines {
			fmt.Fprintf(&b, "  %s %s\n", sign(x.Kind), oneLine.Replace(x.Text))
		}
		b.WriteString("\n")
	}
	if len(r.ToDo) > 0 {
		b.WriteString(r.t("to-do") + "\n")
		for i, d := range r.ToDo {
			fmt.Fprintf(&b, "  %d. %s (%s)\n", i+1, oneLine.Replace(d.Text), d.Law)
		}
	} else if len(r.Changes) > 0 {
		b.WriteString(r.t("nothing-to-do") + "\n")
	}
	return write(w, b.String())
}

// Markdown writes the report as the comment on a proposed change.
func (r Report) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", r.t("title"))
	if len(r.Changes) == 0 {
		fmt.Fprintf(&b, "%s\n", r.t("none"))
	}
	if len(r.ToDo) > 0 {
		fmt.Fprintf(&b, "**%s**\n\n", r.t("to-do"))
		for _, d := range r.ToDo {
			fmt.Fprintf(&b, "- [ ] %s (%s)\n", notice.Escape(d.Text), notice.Escape(d.Law))
		}
		b.WriteString("\n")
	} else if len(r.Changes) > 0 {
		fmt.Fprintf(&b, "%s\n\n", r.t("nothing-to-do"))
	}
	for _, weight := range Weights() {
		r.section(&b, weight)
	}
	return write(w, b.String())
}

// section writes the changes of a weight; the light ones are folded away.
func (r Report) section(b *strings.Builder, weight Weight) {
	lines := r.Of(weight)
	if len(lines) == 0 {
		return
	}
	title, end := fmt.Sprintf("#### %s\n\n", r.t("weight."+string(weight))), "\n"
	if weight == Runs || weight == Wording {
		title = fmt.Sprintf("<details><summary>%s (%d)</summary>\n\n", r.t("weight."+string(weight)), len(lines))
		end = "\n</details>\n\n"
	}
	b.WriteString(title)
	for _, x := range lines {
		fmt.Fprintf(b, "- \\%s %s\n", sign(x.Kind), notice.Escape(x.Text))
	}
	b.WriteString(end)
}

func (r Report) t(key string) string { return i18n.T(r.lang, "change."+key) }

// sign marks what happened: more, less or other.
func sign(k Kind) string {
	switch k {
	case Added, Longer, Asked:
		return "+"
	case Removed, Shorter:
		return "-"
	}
	return "~"
}

// oneLine keeps a policy's own words from making lines of the report.
var oneLine = strings.NewReplacer("\n", " ", "\t", " ")

func write(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write the report of changes: %w", err)
	}
	return nil
}
