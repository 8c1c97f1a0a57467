package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/activity/meeting"
	"kept/internal/app"
	"kept/internal/policy/source"
)

func meetingCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "meeting",
		Short: "Keep the register of conferences: reports, announcements, recordings",
		Long: `Conferences are held with the tools of others (Teams, Google Meet, Fathom). The
register keeps who took part and when, as far as the policy lists it, and enters
a recording only if it was announced twice and nobody stopped it.`,
		Example: `  kept meeting import report.csv --zone Europe/Berlin --dry-run
  kept meeting announce --topic "Kick-off" --start 2026-12-01T10:00+01:00 --organiser ada@example.org --public-url https://www.example.org
  kept meeting list --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(meetingList(), meetingShow(), meetingImport(), meetingAnnounce(), meetingRecord(), meetingDelete())
	return cmd
}

// withMeetings opens the register of an instance, also beside a serving one.
func withMeetings(ctx context.Context, place app.Place, f func(*meeting.Register) error) error {
	return withStored(ctx, place, (*app.App).OpenMeetings, f)
}

func meetingList() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the conferences, the latest first, without the names of people",
		Example: "  kept meeting list --data ./kept-data\n  kept meeting list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withMeetings(cmd.Context(), place, func(m *meeting.Register) error {
				all, err := m.List(cmd.Context(), 1000)
				if err != nil {
					return err
				}
				return writeList(cmd.OutOrStdout(), out, all, "ID\tTOPIC\tACTIVITY\tTOOL\tNOTED\tSTART\tPEOPLE\tRECORDING", func(c meeting.Conference) string {
					return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", c.ID, topic(c), c.Activity, c.Tool, stamp(c.Noted), stamp(c.Start), number(c.Participants), blocked(c))
				})
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

// topic is what a conference is about, short enough for a column.
func topic(c meeting.Conference) string {
	const longest = 40
	words := []rune(source.Visible(c.Topic))
	switch {
	case len(words) == 0:
		return "-"
	case len(words) > longest:
		return string(words[:longest-1]) + "…"
	}
	return string(words)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format("2006-01-02T15:04Z07:00")
}

func number(n int64) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

func blocked(c meeting.Conference) string {
	if c.Blocked.IsZero() {
		return "-"
	}
	return "stopped"
}

func meetingImport() *cobra.Command {
	var place app.Place
	var out format
	var o meeting.Order
	var zone, day, dates string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take in an attendance report of Teams, Google Meet or Microsoft Graph, or a message of Fathom",
		Long: `Takes a report in whole or not at all. Mistakes are named with file, row and
field. What the policy does not list is not kept. The same report a second time
changes nothing. With - the report comes from standard input.`,
		Example: `  kept meeting import attendance.csv --activity teams --zone Europe/Berlin --dry-run
  kept meeting import attendance.csv --activity teams --zone Europe/Berlin
  kept meeting import meet.csv --date 2026-11-21 --zone Europe/Berlin`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			reading := meeting.Reading{Name: args[0], Order: dates}
			var err error
			if zone != "" {
				if reading.Zone, err = time.LoadLocation(zone); err != nil {
					return misuse("--zone takes a time zone like Europe/Berlin")
				}
			}
			if day != "" {
				if reading.Day, err = time.Parse(time.DateOnly, day); err != nil {
					return misuse("--date takes a day like 2026-11-21")
				}
			}
			if dates != "" && dates != "dmy" && dates != "mdy" {
				return misuse("--dates takes dmy or mdy")
			}
			if o.Source, err = readUpTo(cmd.InOrStdin(), args[0], meeting.MaxReport); err != nil {
				return err
			}
			o.By = commandLine
			return withMeetings(cmd.Context(), place, func(m *meeting.Register) error {
				if reading.Zone == nil {
					reading.Zone = m.Zone()
				}
				var problems meeting.Problems
				if o.Report, problems = meeting.Read(o.Source, reading); len(problems) > 0 {
					if out == asJSON {
						if err := writeAsJSON(cmd.OutOrStdout(), struct {
							Problems meeting.Problems `json:"problems"`
						}{problems}); err != nil {
							return err
						}
					}
					return problems.Err()
				}
				r, err := m.Import(cmd.Context(), o)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), r)
				}
				return writeImport(cmd.OutOrStdout(), r, o.DryRun)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	f := cmd.Flags()
	f.StringVar(&o.Activity, "activity", "", "key of the activity in the policy; not needed if there is one")
	f.StringVar(&o.Conference, "conference", "", "id of an announced conference that the report belongs to")
	f.StringVar(&zone, "zone", "", "time zone of clock times that name none (default: the controller's)")
	f.StringVar(&day, "date", "", "day of a report that tells clock times only")
	f.StringVar(&dates, "dates", "", "how days with slashes are written: dmy or mdy (default: as the file shows)")
	f.BoolVar(&o.DryRun, "dry-run", false, "say what would change, and change nothing")
	return cmd
}

func writeImport(w io.Writer, r meeting.Result, trial bool) error {
	if r.Known {
		_, err := fmt.Fprintln(w, "This report was taken in before. Nothing changes.")
		return err
	}
	head := "Taken in        " + r.Conference
	if trial {
		head = "Would take in   nothing was stored"
	}
	text := fmt.Sprintf("%s\nActivity        %s\nParticipants    %d new, %d changed, %d as they were\n", head, r.Activity, r.Added, r.Changed, r.Same)
	if r.Objected > 0 {
		text += fmt.Sprintf("Left out        %d who objected\n", r.Objected)
	}
	if len(r.Kept) > 0 {
		text += "Kept            " + strings.Join(r.Kept, ", ") + "\n"
	}
	if len(r.Dropped) > 0 {
		text += "Not declared    " + strings.Join(r.Dropped, ", ") + "\n"
	}
	_, err := io.WriteString(w, text)
	return err
}
