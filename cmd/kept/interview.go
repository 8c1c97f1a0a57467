package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/policy/draft"
	"kept/internal/policy/source"
)

// interview asks on a terminal, line by line.
type interview struct {
	ctx   context.Context
	lines <-chan string
	out   io.Writer
	lang  i18n.Lang
}

// newInterview reads lines until in ends or ctx is over. The reading itself cannot
// be interrupted; it ends with the program.
func newInterview(ctx context.Context, in io.Reader, out io.Writer, lang i18n.Lang) *interview {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(in); s.Scan(); {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return &interview{ctx: ctx, lines: lines, out: out, lang: lang}
}

func (i *interview) t(key string, args ...any) string { return i18n.T(i.lang, "init."+key, args...) }

// say writes a line of its own.
func (i *interview) say(text string) error {
	_, err := fmt.Fprintln(i.out, text)
	return err
}

// text asks until valid takes the answer; an empty one means usual.
func (i *interview) text(question, usual string, valid func(string) error) (string, error) {
	prompt := question
	if usual != "" {
		prompt += " [" + usual + "]"
	}
	for {
		if _, err := fmt.Fprint(i.out, prompt+": "); err != nil {
			return "", err
		}
		var line string
		var more bool
		select {
		case line, more = <-i.lines:
		case <-i.ctx.Done():
		}
		if !more {
			_, _ = fmt.Fprintln(i.out) // the prompt's line ends, whatever becomes of it
			return "", fault.New(fault.Invalid, "%s", i.t("stopped"))
		}
		answer := strings.TrimSpace(line)
		if answer == "" {
			answer = usual
		}
		err := valid(answer)
		if source.Visible(answer) != answer { // an arrow key, on a terminal that edits no line
			err = errors.New(i.t("unseen"))
		}
		if err == nil {
			return answer, nil
		}
		if err := i.say("  " + err.Error()); err != nil {
			return "", err
		}
	}
}

// yes asks a question that is answered with yes or no.
func (i *interview) yes(question string, usual bool) (bool, error) {
	short := map[bool]string{true: i.t("yes"), false: i.t("no")}
	answer, err := i.text(question, short[usual], func(s string) error {
		if !slices.Contains([]string{short[true], short[false], short[true][:1], short[false][:1]}, strings.ToLower(s)) {
			return fmt.Errorf("%s", i.t("yes-or-no", short[true], short[false]))
		}
		return nil
	})
	return strings.HasPrefix(strings.ToLower(answer), short[true][:1]), err
}

// one asks for one of a few words, or for none.
func (i *interview) one(question string, words []string) (string, error) {
	none := i.t("none")
	answer, err := i.text(question+" ("+strings.Join(words, ", ")+")", none, func(s string) error {
		if s != none && !slices.Contains(words, s) {
			return fmt.Errorf("%s", i.t("one-of", strings.Join(words, ", "), none))
		}
		return nil
	})
	if answer == none {
		answer = ""
	}
	return answer, err
}

// ask asks what the flags leave open.
func (o *initOptions) ask(cmd *cobra.Command, i *interview) error {
	if err := i.say(i.t("begin")); err != nil {
		return err
	}
	for _, question := range o.questions(i) {
		if cmd.Flags().Changed(question.flag) {
			continue
		}
		if err := question.ask(); err != nil {
			return err
		}
	}
	return nil
}

// question is what is asked unless its flag is given.
type question struct {
	flag string
	ask  func() error
}

func (o *initOptions) questions(i *interview) []question {
	a := &o.answers
	text := func(flag string, to *string, usual func() string, valid func(string) error) question {
		return question{flag, func() (err error) { *to, err = i.text(i.t(flag), usual(), valid); return err }}
	}
	yes := func(flag string, to *bool) question {
		return question{flag, func() (err error) { *to, err = i.yes(i.t(flag), *to); return err }}
	}
	one := func(flag string, to *string) question {
		return question{flag, func() (err error) { *to, err = i.one(i.t(flag), draft.ProvidersOf(flag)); return err }}
	}
	nothing := func() string { return "" }
	needed := func(form string) func(string) error {
		return func(s string) error {
			if s == "" {
				return fmt.Errorf("%s", i.t("needed"))
			}
			return draft.Value(form, s)
		}
	}
	optional := func(form string) func(string) error { return func(s string) error { return draft.Value(form, s) } }
	return []question{
		text("name", &a.Name, nothing, needed("")),
		text("address", &a.Address, nothing, needed("")),
		text("email", &a.Email, nothing, needed(draft.Email)),
		text("officer", &a.Officer, nothing, optional(draft.Email)),
		text("country", &a.Country, func() string { return i.t("usual-country") }, needed(draft.Country)),
		{"state", func() error { return o.askState(i) }},
		{"authority", func() error { return o.askAuthority(i) }},
		{"languages", func() error { return o.askLanguages(i) }},
		yes("access-log", &a.AccessLog), yes("statistics", &a.Statistics),
		one(draft.Videos, &a.Videos), one(draft.Maps, &a.Maps), one(draft.Fonts, &a.Fonts),
		yes("newsletter", &a.Newsletter), yes("contact", &a.Contact),
	}
}

// askState asks for the state where the authority depends on it.
func (o *initOptions) askState(i *interview) error {
	if o.answers.Country != "DE" || o.answers.Authority.Name != "" {
		return nil
	}
	answer, err := i.text(i.t("state"), "", func(s string) error {
		if !slices.Contains(draft.States(), stateOf(s)) {
			return fmt.Errorf("%s", i.t("no-state", strings.ReplaceAll(strings.Join(draft.States(), ", "), "DE-", "")))
		}
		return nil
	})
	o.state = stateOf(answer)
	return err
}

// stateOf writes the code of a German state in full: HE is DE-HE.
func stateOf(s string) string {
	return "DE-" + strings.TrimPrefix(strings.ToUpper(s), "DE-")
}

// askAuthority asks for an authority that does not follow from the place.
func (o *initOptions) askAuthority(i *interview) (err error) {
	a := &o.answers
	if _, known := draft.AuthorityFor(a.Country); known || o.state != "" {
		return nil
	}
	a.Authority.Name, err = i.text(i.t("authority"), "", func(s string) error {
		if s == "" {
			return fmt.Errorf("%s", i.t("needed"))
		}
		return nil
	})
	if err != nil {
		return err
	}
	a.Authority.URL, err = i.text(i.t("authority-url"), "", func(s string) error { return draft.Value(draft.URL, s) })
	return err
}

func (o *initOptions) askLanguages(i *interview) error {
	words := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
	}
	answer, err := i.text(i.t("languages"), i.lang, func(s string) error {
		for _, lang := range words(s) {
			if !slices.Contains(i18n.Languages(), lang) {
				return fmt.Errorf("%s", i.t("no-language", lang))
			}
		}
		return nil
	})
	o.answers.Languages = slices.Compact(words(answer))
	return err
}
