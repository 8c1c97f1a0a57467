package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/duty/request"
	"kept/internal/duty/rights"
)

func requestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "request",
		Short: "Answer what people ask about their data, in time",
		Long: `Whoever asks about their data (access, rectification, erasure, …) gets an answer
within a month. A request comes by page, mail, letter or call; it is identified,
planned, approved by a person, carried out and answered. What these commands
write leaves with the serving process.`,
		Example: `  kept request list
  kept request new --right access --by-letter --name "Ada Lovelace" --post "Weg 1, 65183 Wiesbaden" --received 2026-11-20
  kept request approve 7K3M-9QXD --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(requestList(), requestShow(), requestNew(), requestIdentify(), requestClassify(), requestCorrect(), requestPlan(), requestApprove(), requestRefuse(),
		requestExtend(), requestPause(), requestResume(), requestMessage(), requestAnswer(), requestFetch(), requestWithdraw(), requestCalendar(), requestStatistics(), requestExport())
	return cmd
}

// withRequests opens the register of requests of an instance, also beside a
// serving one.
func withRequests(ctx context.Context, place app.Place, f func(*request.Desk) error) error {
	a, err := app.OpenStored(ctx, place)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := f(a.Requests); err != nil {
		return err
	}
	_, err = a.Ledger.Sequence(ctx)
	return err
}

// rowsOf says how many rows a part of a plan is about.
func rowsOf(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

func requestList() *cobra.Command {
	var place app.Place
	var out format
	var all bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the open requests, those that are due first, without names",
		Example: "  kept request list --data ./kept-data\n  kept request list --all --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withRequests(cmd.Context(), place, func(d *request.Desk) error {
				cases, err := d.List(cmd.Context(), request.Which{Open: !all})
				if err != nil {
					return err
				}
				if out == asJSON {
					if cases == nil {
						cases = []request.Case{}
					}
					return writeAsJSON(cmd.OutOrStdout(), cases)
				}
				return writeCases(cmd.OutOrStdout(), cases, d.Clock.Now())
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().BoolVar(&all, "all", false, "closed ones too")
	return cmd
}

func writeCases(w io.Writer, cases []request.Case, now time.Time) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NUMBER\tSTATE\tRECEIVED\tDUE\tCLOCK\tRIGHTS")
	for _, c := range cases {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", c.Number, c.State, c.Received.Format(time.DateOnly), c.LastDay().Format(time.DateOnly), clockWords(c, now), rightsWords(c.Rights))
	}
	return table.Flush()
}

func clockWords(c request.Case, now time.Time) string {
	switch {
	case !c.Open():
		return "-"
	case !c.PausedSince.IsZero():
		return "stands"
	case c.Late(now):
		return "LATE"
	}
	return fmt.Sprintf("%d days", int(c.Due.Sub(now)/(24*time.Hour)))
}

func rightsWords(all []rights.Right) string {
	if len(all) == 0 {
		return "to be read"
	}
	words := make([]string, len(all))
	for i, r := range all {
		words[i] = string(r)
	}
	return strings.Join(words, ", ")
}

func requestShow() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "show NUMBER",
		Short:   "Show a request with its plan and letters; the look is recorded in the ledger",
		Example: "  kept request show 7K3M-9QXD\n  kept request show 7K3M-9QXD --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withRequests(cmd.Context(), place, func(d *request.Desk) error {
				x, err := d.Look(cmd.Context(), args[0], commandLine)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), x)
				}
				return writeDossier(cmd.OutOrStdout(), x, d.Clock.Now())
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

func writeDossier(w io.Writer, x request.Dossier, now time.Time) error {
	fmt.Fprintf(w, "%s  %s  %s\n", x.Number, x.State, clockWords(x.Case, now))
	fmt.Fprintf(w, "Rights      %s\nReceived    %s by %s\nDue         %s\n", rightsWords(x.Rights), x.Received.Format(time.DateOnly), x.Channel, x.LastDay().Format(time.DateOnly))
	for name, value := range map[string]string{"Name": x.Contact.Name, "Mail": x.Contact.Mail, "Post": x.Contact.Post, "Phone": x.Contact.Phone} {
		if value != "" {
			fmt.Fprintf(w, "%-12s%s\n", name, value)
		}
	}
	for _, i := range x.Identities {
		fmt.Fprintf(w, "Shown       %s %s by %s\n", i.Kind, i.Value, i.Proof)
	}
	for _, f := range x.Wish.Corrections {
		fmt.Fprintf(w, "Correct     %s from %q to %q\n", f.Field, f.Old, f.New)
	}
	if x.PlanHash != "" {
		fmt.Fprintf(w, "Plan        %s\n", x.PlanHash)
	}
	for _, p := range x.Plans {
		fmt.Fprintf(w, "\nPlan for %s\n", p.Right)
		for i, part := range p.Parts {
			fmt.Fprintf(w, "  %d. %-10s %s %s, %s %s\n", i+1, part.Does, cmp.Or(part.System, part.Activity), part.Table, rowsOf(part.Rows), part.Text.In("en"))
			if part.Value != "" {
				fmt.Fprintf(w, "     %s becomes %q%s\n", part.Field, part.Value, emptyRows(part))
			}
		}
		for _, s := range p.Down {
			fmt.Fprintf(w, "  waits for  %s, which does not answer\n", s)
		}
	}
	if x.Wish.Words != "" {
		fmt.Fprintf(w, "\n%s\n", x.Wish.Words)
	}
	for _, l := range x.Letters {
		sent := "draft"
		if !l.Sent.IsZero() {
			sent = "sent " + l.Sent.Format(time.DateOnly) + " by " + string(l.Way)
		}
		fmt.Fprintf(w, "\nLetter      %s, %s: %s\n", l.Kind, sent, l.Title)
	}
	for _, p := range x.Packages {
		fmt.Fprintf(w, "Package     %s, %d files, %d bytes, fetched %d times\n", p.Right, p.Files, p.Bytes, p.Fetched)
	}
	return nil
}

// emptyRows names the rows that a value is added to, and whether it is.
func emptyRows(p rights.Planned) string {
	const most = 20
	if len(p.Empty) == 0 {
		return ""
	}
	var keys []string
	for _, r := range p.Empty[:min(len(p.Empty), most)] {
		keys = append(keys, r.Key)
	}
	text := ", rows " + strings.Join(keys, ", ")
	if more := len(p.Empty) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if p.Chosen == rights.ChooseLeave {
		text += "; left empty"
	}
	return text
}

func requestNew() *cobra.Command {
	var place app.Place
	var out format
	var a request.Asking
	var all []string
	var letter, call bool
	var received string
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Enter a request that came by letter or call",
		Long: `Enters a request with the day on which it arrived: the month to answer counts
from there. Rights are ` + rightsWords(request.Rights()) + `.`,
		Example: `  kept request new --right access --by-letter --name "Ada Lovelace" --post "Weg 1, 65183 Wiesbaden" --received 2026-11-20
  kept request new --right erasure --by-call --mail ada@example.org --words "wants everything gone"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case letter == call:
				return misuse("say how it came: --by-letter or --by-call")
			case letter:
				a.Channel = request.Letter
			default:
				a.Channel = request.Call
			}
			for _, r := range all {
				a.Rights = append(a.Rights, rights.Right(r))
			}
			a.By = commandLine
			return withRequests(cmd.Context(), place, func(d *request.Desk) error {
				if received != "" {
					var err error
					if a.Received, err = d.Arrived(received); err != nil {
						return err
					}
				}
				c, err := d.Ask(cmd.Context(), a)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), c)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "Entered as %s; to be answered by %s.\n", c.Number, c.LastDay().Format(time.DateOnly))
				return err
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	f := cmd.Flags()
	f.StringArrayVar(&all, "right", nil, "what is asked for (again for each)")
	f.BoolVar(&letter, "by-letter", false, "it came by letter")
	f.BoolVar(&call, "by-call", false, "it came by call")
	f.StringVar(&received, "received", "", "day of receipt (default: today)")
	f.StringVar(&a.Lang, "language", "", "language of the answer: de or en")
	f.StringVar(&a.Activity, "activity", "", "what an objection or a withdrawal is about: a key of the policy")
	f.StringVar(&a.Contact.Name, "name", "", "name of the person")
	f.StringVar(&a.Contact.Mail, "mail", "", "mail address of the person")
	f.StringVar(&a.Contact.Post, "post", "", "postal address of the person")
	f.StringVar(&a.Contact.Phone, "phone", "", "phone number of the person")
	f.StringVar(&a.Wish.Words, "words", "", "what the person wrote or said")
	return cmd
}

func requestCalendar() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "calendar",
		Short:   "Show every clock that runs, by the day on which it ends",
		Example: "  kept request calendar\n  kept request calendar --format ics > requests.ics",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withRequests(cmd.Context(), place, func(d *request.Desk) error {
				if out == asCalendar {
					return d.ICalendar(cmd.Context(), cmd.OutOrStdout(), "en")
				}
				days, err := d.Calendar(cmd.Context())
				if err != nil {
					return err
				}
				if out == asJSON {
					if days == nil {
						days = []request.Day{}
					}
					return writeAsJSON(cmd.OutOrStdout(), days)
				}
				for _, day := range days {
					for _, c := range day.Due {
						fmt.Fprintf(cmd.OutOrStdout(), "%s  %s  %s  %s\n", day.Date.Format(time.DateOnly), c.Number, c.State, rightsWords(c.Rights))
					}
				}
				return nil
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON, asCalendar)
	return cmd
}

// asCalendar is a calendar file, RFC 5545.
const asCalendar format = "ics"

func requestStatistics() *cobra.Command {
	var place app.Place
	var out format
	var year int
	cmd := &cobra.Command{
		Use:     "statistics",
		Short:   "Count the requests of a year",
		Example: "  kept request statistics --year 2026\n  kept request statistics --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withRequests(cmd.Context(), place, func(d *request.Desk) error {
				from, to := years(year, d)
				s, err := d.Count(cmd.Context(), from, to)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), s)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "Received    %d\nOpen        %d\nLate        %d\nAnswered    %d\nRefused     %d\nTaken back  %d\nLapsed      %d\nIn time     %d\nExtended    %d\nMedian      %d days\nLongest     %d days\n",
					s.All, s.Open, s.Late, s.Answered, s.Refused, s.Withdrawn, s.Lapsed, s.InTime, s.Extended, s.Median, s.Longest)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().IntVar(&year, "year", 0, "year of receipt (default: this one)")
	return cmd
}

// years are the bounds of a year where the controller counts days.
func years(year int, d *request.Desk) (from, to time.Time) {
	zone := request.Zone(d.Policy())
	if year == 0 {
		year = d.Clock.Now().In(zone).Year()
	}
	return time.Date(year, 1, 1, 0, 0, 0, 0, zone), time.Date(year+1, 1, 1, 0, 0, 0, 0, zone)
}

func requestExport() *cobra.Command {
	var place app.Place
	var out format
	var year int
	var file string
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Write the register of requests for the supervisory authority, without names",
		Example: "  kept request export --year 2026 --out requests.csv\n  kept request export --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withRequests(cmd.Context(), place, func(d *request.Desk) error {
				from, to := years(year, d)
				w := cmd.OutOrStdout()
				if file != "" {
					f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
					if err != nil {
						return misuse("%s cannot be made: %v", file, err)
					}
					defer f.Close()
					w = f
				}
				return d.Export(cmd.Context(), w, from, to, out != asJSON, commandLine)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asCSV, asJSON)
	cmd.Flags().IntVar(&year, "year", 0, "year of receipt (default: this one)")
	cmd.Flags().StringVar(&file, "out", "", "file to write, which must not exist (default: standard output)")
	return cmd
}
