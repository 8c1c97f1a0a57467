package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/policy/draft"
)

// initOptions are the flags of kept init; what they leave open is asked.
type initOptions struct {
	answers    draft.Answers
	state      string
	lang, out  string
	yes, force bool
}

func initCommand() *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a first policy from a handful of questions",
		Long: `Asks what the offer does with personal data and writes a commented policy that
passes kept check --strict. What a flag says is not asked; with --yes, or
without a terminal, nothing is asked, and only what flags say is declared.
A file that exists stays as it is unless --force is given.`,
		Example: `  kept init
  kept init -o - --yes --name "Musteragentur GmbH" --address "Musterstraße 1, 65183 Wiesbaden" \
    --email privacy@agentur.example --country DE --state DE-HE --statistics --videos youtube`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	o.addFlags(cmd)
	return cmd
}

func (o *initOptions) addFlags(cmd *cobra.Command) {
	f, a := cmd.Flags(), &o.answers
	f.StringVar(&a.Name, "name", "", "company or person that answers for the offer")
	f.StringVar(&a.Address, "address", "", "its postal address")
	f.StringVar(&a.Email, "email", "", "where people write about their data")
	f.StringVar(&a.Phone, "phone", "", "its phone number")
	f.StringVar(&a.URL, "url", "", "address of the offer, like https://www.example.com")
	f.StringVar(&a.Officer, "officer", "", "e-mail address of the data protection officer")
	f.StringVar(&a.Country, "country", "", "country whose rules apply (DE, FR, …)")
	f.StringVar(&o.state, "state", "", "German state, which has an authority of its own (DE-HE, …)")
	f.StringVar(&a.Authority.Name, "authority", "", "supervisory authority; that of the country or state unless given")
	f.StringVar(&a.Authority.URL, "authority-url", "", "its website")
	f.StringSliceVar(&a.Languages, "languages", nil, "languages of the notice, the first is the default (default the one of --lang)")
	f.BoolVar(&a.AccessLog, "access-log", true, "the server notes each request")
	f.BoolVar(&a.Statistics, "statistics", false, "visits are counted, after consent")
	f.StringVar(&a.Videos, "videos", "", "provider of embedded videos: "+strings.Join(draft.ProvidersOf(draft.Videos), ", "))
	f.StringVar(&a.Maps, "maps", "", "provider of embedded maps: "+strings.Join(draft.ProvidersOf(draft.Maps), ", "))
	f.StringVar(&a.Fonts, "fonts", "", "provider of fonts from elsewhere: "+strings.Join(draft.ProvidersOf(draft.Fonts), ", "))
	f.BoolVar(&a.Newsletter, "newsletter", false, "another system sends a newsletter")
	f.BoolVar(&a.Contact, "contact", false, "people write by form or mail")
	f.StringVarP(&o.out, "output", "o", "policy.yaml", "file to write, - for the standard output")
	f.BoolVar(&o.force, "force", false, "replace a file that exists")
	f.BoolVarP(&o.yes, "yes", "y", false, "ask nothing")
	addLanguage(cmd, &o.lang, "that of the terminal")
	completeWords(cmd, "state", draft.States()...)
	completeWords(cmd, "country", "DE", "FR")
	for _, what := range []string{draft.Videos, draft.Maps, draft.Fonts} {
		completeWords(cmd, what, draft.ProvidersOf(what)...)
	}
}

func (o *initOptions) run(cmd *cobra.Command) error {
	lang, err := languageOf(o.lang)
	if err != nil {
		return err
	}
	if err := o.mayWrite(); err != nil {
		return err
	}
	o.answers.Version = clock.System.Now().UTC().Format(time.DateOnly)
	if asks := term.IsTerminal(int(os.Stdin.Fd())) && !o.yes; asks {
		talk := newInterview(cmd.Context(), cmd.InOrStdin(), cmd.ErrOrStderr(), lang)
		if err := o.ask(cmd, talk); err != nil {
			return err
		}
	}
	if err := o.complete(lang); err != nil {
		return err
	}
	src, err := o.answers.Write()
	if err != nil {
		return misuse("%v\n%s, or run kept init on a terminal. See: kept init --help", err, o.remedy())
	}
	if o.out == fromInput {
		_, err := cmd.OutOrStdout().Write(src)
		return err
	}
	if err := writeNew(o.out, src, o.force); err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.ErrOrStderr(), i18n.T(lang, "init.written", o.out))
	return err
}

// complete fills in what follows from the other answers.
func (o *initOptions) complete(lang string) error {
	a := &o.answers
	if len(a.Languages) == 0 {
		a.Languages = []string{lang}
	}
	if o.state != "" {
		o.state = stateOf(o.state)
	}
	if o.state != "" && !slices.Contains(draft.States(), o.state) {
		return misuse("--state takes one of %s, not %q", strings.Join(draft.States(), ", "), o.state)
	}
	if a.Country == "" && o.state != "" {
		a.Country = "DE"
	}
	if a.Authority.Name == "" {
		place := a.Country
		if o.state != "" {
			place = o.state
		}
		a.Authority, _ = draft.AuthorityFor(place)
	}
	return nil
}

// remedy names the flags of the answers that are missing.
func (o *initOptions) remedy() string {
	a := &o.answers
	var flags []string
	for _, answer := range []struct{ flag, value string }{
		{"--name", a.Name}, {"--address", a.Address}, {"--email", a.Email}, {"--country or --state", a.Country}, {"--authority", a.Authority.Name},
	} {
		if answer.value == "" {
			flags = append(flags, answer.flag)
		}
	}
	if len(flags) == 0 {
		return "Correct the flag"
	}
	return "Give what is missing as flags (" + strings.Join(flags, ", ") + ")"
}

// mayWrite refuses early what writeNew would refuse after all questions.
func (o *initOptions) mayWrite() error {
	if o.out == fromInput || o.force {
		return nil
	}
	if _, err := os.Lstat(o.out); err == nil {
		return alreadyThere(o.out)
	}
	return nil
}

func alreadyThere(file string) error {
	return fault.New(fault.Invalid, "%s is there already; choose another file with -o, or replace it with --force", file)
}

// writeNew writes a file as a whole or not at all, and replaces none unasked.
func writeNew(file string, content []byte, replace bool) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(file), ".kept-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	defer func() {
		if gone := os.Remove(temp.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}()
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if replace {
		err = os.Rename(temp.Name(), file)
	} else if err = os.Link(temp.Name(), file); errors.Is(err, fs.ErrExist) {
		return alreadyThere(file)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
