package main

import (
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/activity/meeting"
	"kept/internal/app"
	"kept/internal/policy/source"
)

func meetingAnnounce() *cobra.Command {
	var place app.Place
	var out format
	var p meeting.Plan
	var start, public string
	cmd := &cobra.Command{
		Use:   "announce [ID]",
		Short: "Announce a recording: with the invitation, then once more right before the start",
		Long: `Without ID: notes a conference and announces with the invitation that it is to be
recorded. With the ID that this printed: announces it once more, at most 15
minutes before the start. Both print the words to say, made from the policy, in
German and English, with the link by which everybody can stop the recording.
Whose address is known gets them by mail from the serving process.`,
		Example: `  kept meeting announce --activity teams --topic "Kick-off" --start 2026-12-01T10:00+01:00 --organiser ada@example.org --to bo@example.com --public-url https://www.example.org
  kept meeting announce 4w2k0c1e5xq7m9s3v8b6d2r4ta --public-url https://www.example.org`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if site, err := url.Parse(public); err != nil || site.Host == "" || site.Scheme != "https" && site.Scheme != "http" {
				return misuse("say with --public-url where people reach the site, as in --public-url https://www.example.org: the words hold a link that must be whole")
			}
			if len(args) == 0 {
				at, err := time.Parse("2006-01-02T15:04Z07:00", start)
				if err != nil {
					return misuse("--start takes a time with its zone like 2026-12-01T10:00+01:00")
				}
				p.Start, p.By = at, commandLine
			}
			return withMeetings(cmd.Context(), place, func(m *meeting.Register) error {
				var text meeting.Announcement
				var err error
				if len(args) == 1 {
					text, err = m.Announce(cmd.Context(), args[0], meeting.Start, commandLine)
				} else {
					text, err = m.Invite(cmd.Context(), p)
				}
				if err != nil {
					return err
				}
				text.German, text.English = m.Linked(text, text.German, public), m.Linked(text, text.English, public)
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), text)
				}
				return writeAnnouncement(cmd.OutOrStdout(), text)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	f := cmd.Flags()
	f.StringVar(&p.Activity, "activity", "", "key of the activity in the policy; not needed if there is one")
	f.StringVar(&p.Topic, "topic", "", "what the conference is about")
	f.StringVar(&start, "start", "", "when it begins, with the zone: 2026-12-01T10:00+01:00")
	f.StringVar(&p.Organiser, "organiser", "", "mail address of whoever invites; is told at once if somebody stops the recording")
	f.StringArrayVar(&p.People, "to", nil, "mail address of somebody invited (again for each)")
	f.StringVar(&public, "public-url", "", "how people reach the site, for the link in the words: https://www.example.org")
	return cmd
}

func writeAnnouncement(w io.Writer, t meeting.Announcement) error {
	next := "Announced. Say it once more right before the start: kept meeting announce " + t.Conference
	if t.Step == meeting.Start {
		next = "Announced. Say these words to everybody, or put them into the chat, before the recorder runs."
	}
	_, err := fmt.Fprintf(w, "%s\n\n%s\n\n%s\n", next, t.German, t.English)
	return err
}

func meetingRecord() *cobra.Command {
	var place app.Place
	values := map[string]*string{}
	cmd := &cobra.Command{
		Use:   "record ID",
		Short: "Register a recording that was announced twice and that nobody stopped",
		Long: `Registers where a recording lies at the provider and what was written down. It is
refused unless the recording was announced with the invitation and right before
the start, in words that still hold, and nobody stopped it.`,
		Example: "  kept meeting record 4w2k0c1e5xq7m9s3v8b6d2r4ta --video https://provider.example/recording/1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			content := meeting.Content{Values: map[string]string{}}
			for field, v := range values {
				content.Values[field] = *v
			}
			return withMeetings(cmd.Context(), place, func(m *meeting.Register) error {
				dropped, err := m.Record(cmd.Context(), args[0], content, commandLine)
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), "Registered.")
				for _, field := range dropped {
					fmt.Fprintf(cmd.OutOrStdout(), "Not kept, the policy does not list it: %s\n", field)
				}
				return nil
			})
		},
	}
	addPlace(cmd, &place)
	for _, f := range []struct{ name, usage string }{
		{"audio", "https address of the sound at the provider"}, {"video", "https address of the image at the provider"},
		{"transcript", "what was said"}, {"summary", "a summary"}, {"highlights", "the most important moments"}, {"notes", "notes"},
	} {
		values[f.name] = cmd.Flags().String(f.name, "", f.usage)
	}
	return cmd
}

func meetingDelete() *cobra.Command {
	var place app.Place
	var participation, cause string
	var trial bool
	cmd := &cobra.Command{
		Use:   "delete ID",
		Short: "Delete what the policy ends on request, on revocation, or at the end of the purpose",
		Long: `With --participation: what is kept of one person in the conference, on their
request or because they revoked consent, and the recording that they are in.
Without: the whole conference, because nobody needs it any more.`,
		Example: `  kept meeting delete 4w2k0c1e5xq7m9s3v8b6d2r4ta --cause purpose-end --dry-run
  kept meeting delete 4w2k0c1e5xq7m9s3v8b6d2r4ta --participation 7c1e5xq7m9s3v8b6d2r4ta4w2k --cause request`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withMeetings(cmd.Context(), place, func(m *meeting.Register) error {
				gone, err := m.Delete(cmd.Context(), args[0], participation, meeting.Cause(cause), commandLine, trial)
				if err != nil {
					return err
				}
				said := "Deleted         %d entries\n"
				if trial {
					said = "Would delete    %d entries; nothing was deleted\n"
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), said, gone)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	f := cmd.Flags()
	f.StringVar(&participation, "participation", "", "id of the participation of whoever asked")
	f.StringVar(&cause, "cause", string(meeting.PurposeEnd), "request, revocation or purpose-end")
	f.BoolVar(&trial, "dry-run", false, "count, and delete nothing")
	return cmd
}

func meetingShow() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show a conference: who took part, what was announced, what is registered; the look is recorded in the ledger",
		Example: "  kept meeting show 4w2k0c1e5xq7m9s3v8b6d2r4ta\n  kept meeting show 4w2k0c1e5xq7m9s3v8b6d2r4ta --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withMeetings(cmd.Context(), place, func(m *meeting.Register) error {
				v, err := m.Look(cmd.Context(), args[0], commandLine)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), v)
				}
				writeHead(cmd.OutOrStdout(), v)
				for _, p := range v.People {
					fmt.Fprintln(cmd.OutOrStdout(), p.ID)
					if p.Restricted {
						fmt.Fprintln(cmd.OutOrStdout(), "  restricted: kept, and not shown until the restriction ends")
					}
					for _, field := range slices.Sorted(maps.Keys(p.Values)) {
						fmt.Fprintf(cmd.OutOrStdout(), "  %-14s%s\n", field, p.Values[field])
					}
				}
				return nil
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

// writeHead writes what is kept of the conference itself, and what became of its
// recording.
func writeHead(w io.Writer, v meeting.View) {
	for _, line := range []struct{ name, says string }{
		{"Conference", v.ID}, {"Topic", source.Visible(v.Topic)}, {"Activity", v.Activity}, {"Tool", v.Tool}, {"Start", told(v.Start)}, {"End", told(v.End)},
		{"Invitation", told(v.Told[meeting.Invitation])}, {"At the start", told(v.Told[meeting.Start])}, {"Stopped", told(v.Blocked)},
	} {
		if line.says != "" {
			fmt.Fprintf(w, "%-16s%s\n", line.name, line.says)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(v.Recording)) {
		fmt.Fprintf(w, "%-20s%s\n", "Recorded "+field, source.Visible(v.Recording[field]))
	}
	fmt.Fprintln(w)
}

// told is a time, "" if there is none.
func told(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}
