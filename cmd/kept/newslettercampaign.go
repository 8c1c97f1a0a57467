package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/activity/newsletter"
	"kept/internal/app"
	"kept/internal/clock"
)

func campaignCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "campaign",
		Short: "Look at campaigns, send them, pause and resume them",
		Long: `A campaign is written in the console. What these commands send leaves with the
process that serves; they can be used beside it.`,
		Example: `  kept newsletter campaign list
  kept newsletter campaign send 4w2k0c1e5xq7m9s3v8b6d2r4ta --dry-run
  kept newsletter campaign report 4w2k0c1e5xq7m9s3v8b6d2r4ta`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(campaignList(), campaignShow(), campaignPreview(), campaignTest(), campaignSend(), campaignReport(),
		campaignTurn("pause", "Stop a campaign after the letters that are on their way", (*newsletter.Newsletter).Pause),
		campaignTurn("resume", "Let a paused campaign go on", (*newsletter.Newsletter).Resume))
	return cmd
}

func campaignList() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the campaigns, the newest first",
		Example: "  kept newsletter campaign list --data ./kept-data\n  kept newsletter campaign list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withNewsletter(cmd.Context(), place, func(n *newsletter.Newsletter) error {
				all, err := n.Campaigns(cmd.Context(), 1000)
				if err != nil {
					return err
				}
				return writeList(cmd.OutOrStdout(), out, all, "ID\tACTIVITY\tSTATE\tWHEN\tSENT\tOF\tNAME", func(c newsletter.Campaign) string {
					return fmt.Sprintf("%s\t%s\t%s\t%s\t%d\t%d\t%s", c.ID, c.Activity, c.State, stamp(began(&c)), c.Tally.Sent, c.Tally.Recipients, c.Name)
				})
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

// began is when a campaign began to leave, or is to.
func began(c *newsletter.Campaign) time.Time {
	if c.Started.IsZero() {
		return c.When.At
	}
	return c.Started
}

func campaignShow() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show a campaign: its texts, whom it asks for and what it came to",
		Example: "  kept newsletter campaign show 4w2k0c1e5xq7m9s3v8b6d2r4ta",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withNewsletter(cmd.Context(), place, func(n *newsletter.Newsletter) error {
				c, err := n.Campaign(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), c)
				}
				w := cmd.OutOrStdout()
				fmt.Fprintf(w, "Name        %s\nActivity    %s\nState       %s\nWhen        %s\nTopics      %s\n", c.Name, c.Activity, c.State, stamp(began(&c)), orDash(strings.Join(c.Segment.Topics, ", ")))
				for _, lang := range c.Languages() {
					fmt.Fprintf(w, "\n%s: %s\n\n%s\n", lang, c.Sources[lang].Title, c.Sources[lang].Body)
				}
				return nil
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// addPublic adds the flag of the site's address.
func addPublic(cmd *cobra.Command, public *string) {
	cmd.Flags().StringVar(public, "public-url", "", "how people reach the site, for the links: https://www.example.org (default: as when it served last)")
}

func campaignPreview() *cobra.Command {
	var place app.Place
	var lang, public string
	var page bool
	cmd := &cobra.Command{
		Use:     "preview ID",
		Short:   "Print a campaign as somebody would get it, as text or as a page",
		Example: "  kept newsletter campaign preview 4w2k0c1e5xq7m9s3v8b6d2r4ta --lang de\n  kept newsletter campaign preview 4w2k0c1e5xq7m9s3v8b6d2r4ta --html > letter.html",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withNewsletter(cmd.Context(), place, func(n *newsletter.Newsletter) error {
				n.At(public)
				c, err := n.Campaign(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				p, err := n.Preview(&c, lang)
				if err != nil {
					return misuse("%s: %v", lang, err)
				}
				for _, l := range p.Left {
					fmt.Fprintln(cmd.ErrOrStderr(), l)
				}
				if page {
					_, err = io.WriteString(cmd.OutOrStdout(), p.HTML)
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "Subject: %s\n\n%s", p.Title, p.Text)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	addPublic(cmd, &public)
	cmd.Flags().StringVar(&lang, "lang", "en", "language: de or en")
	cmd.Flags().BoolVar(&page, "html", false, "print the page instead of the text")
	return cmd
}

func campaignTest() *cobra.Command {
	var place app.Place
	var to, public string
	cmd := &cobra.Command{
		Use:     "test ID",
		Short:   "Send a campaign to one address, as a test",
		Example: "  kept newsletter campaign test 4w2k0c1e5xq7m9s3v8b6d2r4ta --to you@example.org --public-url https://www.example.org",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if to == "" || public == "" {
				return misuse("say with --to who gets the test, and with --public-url where people reach the site: the links must be whole")
			}
			return withNewsletter(cmd.Context(), place, func(n *newsletter.Newsletter) error {
				n.At(public)
				if err := n.Test(cmd.Context(), args[0], to); err != nil {
					return err
				}
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "It leaves with the process that serves.")
				return err
			})
		},
	}
	addPlace(cmd, &place)
	addPublic(cmd, &public)
	cmd.Flags().StringVar(&to, "to", "", "address that gets the test")
	return cmd
}

func campaignSend() *cobra.Command {
	var place app.Place
	var out format
	var at, zone, public string
	var local, trial, follow bool
	cmd := &cobra.Command{
		Use:   "send ID",
		Short: "Have a draft leave, now or at a time",
		Long: `Has a draft leave now, or at a time of the clock in a zone; with --local at that
time of each reader's own clock, where the policy lets time zones be known. With
--dry-run it says how many would get it and sends nothing.`,
		Example: `  kept newsletter campaign send 4w2k0c1e5xq7m9s3v8b6d2r4ta --dry-run
  kept newsletter campaign send 4w2k0c1e5xq7m9s3v8b6d2r4ta --at 2026-12-01T10:00 --zone Europe/Berlin
  kept newsletter campaign send 4w2k0c1e5xq7m9s3v8b6d2r4ta --follow`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withNewsletter(cmd.Context(), place, func(n *newsletter.Newsletter) error {
				when, err := campaignTime(at, cmp.Or(zone, n.Zone()), local)
				if err != nil {
					return err
				}
				n.At(public)
				c, err := n.Campaign(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				reach, err := n.Reach(cmd.Context(), &c)
				if err != nil {
					return err
				}
				if !trial {
					if err := n.Schedule(cmd.Context(), args[0], when, ""); err != nil {
						return err
					}
				}
				if err := writeReach(cmd.OutOrStdout(), out, &c, reach, trial); err != nil || trial || !follow {
					return err
				}
				return followCampaign(cmd.Context(), n, args[0])
			})
		},
	}
	addPlace(cmd, &place)
	addPublic(cmd, &public)
	addFormat(cmd, &out, asText, asJSON)
	f := cmd.Flags()
	f.StringVar(&at, "at", "", "time of the clock, as in 2026-12-01T10:00 (default: now)")
	f.StringVar(&zone, "zone", "", "time zone of --at (default: the controller's)")
	f.BoolVar(&local, "local", false, "at this time of each reader's own clock")
	f.BoolVar(&trial, "dry-run", false, "say how many would get it, and send nothing")
	f.BoolVar(&follow, "follow", false, "stay until it has left, with a progress bar")
	return cmd
}

func campaignTime(at, zone string, local bool) (newsletter.When, error) {
	if at == "" {
		if local {
			return newsletter.When{}, misuse("--local needs --at")
		}
		return newsletter.When{}, nil
	}
	where, err := time.LoadLocation(zone)
	if err != nil {
		return newsletter.When{}, misuse("--zone takes a time zone like Europe/Berlin")
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", at, where)
	if err != nil {
		return newsletter.When{}, misuse("--at takes a time like 2026-12-01T10:00")
	}
	return newsletter.When{At: t, Zone: zone, Local: local}, nil
}

func writeReach(w io.Writer, out format, c *newsletter.Campaign, r newsletter.Reach, trial bool) error {
	if out == asJSON {
		return writeAsJSON(w, struct {
			Campaign string `json:"campaign"`
			DryRun   bool   `json:"dry_run"`
			newsletter.Reach
		}{c.ID, trial, r})
	}
	head := "Leaves        "
	if trial {
		head = "Would leave   nothing was sent\nCampaign      "
	}
	_, err := fmt.Fprintf(w, "%s%s\nRecipients    %d\nGerman        %d\nEnglish       %d\n", head, c.Name, r.Recipients, r.Languages["de"], r.Languages["en"])
	return err
}

// followCampaign stays until a campaign has left, or is stopped.
func followCampaign(ctx context.Context, n *newsletter.Newsletter, id string) error {
	b := progress("campaign")
	defer b.finish()
	for {
		c, err := n.Campaign(ctx, id)
		if err != nil {
			return err
		}
		b.set(c.Tally.Recipients-c.Tally.Waiting(), max(1, c.Tally.Recipients))
		if c.State != newsletter.Scheduled && c.State != newsletter.Sending {
			b.finish()
			fmt.Fprintf(os.Stderr, "%s: %d sent, %d refused\n", c.State, c.Tally.Sent, c.Tally.Refused)
			return nil
		}
		if err := clock.System.Sleep(ctx, time.Second); err != nil {
			return nil //nolint:nilerr // somebody does not want to wait any more; it leaves all the same
		}
	}
}

func campaignTurn(name, short string, act func(n *newsletter.Newsletter, ctx context.Context, id, by string) error) *cobra.Command {
	var place app.Place
	cmd := &cobra.Command{
		Use:     name + " ID",
		Short:   short,
		Example: "  kept newsletter campaign " + name + " 4w2k0c1e5xq7m9s3v8b6d2r4ta",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withNewsletter(cmd.Context(), place, func(n *newsletter.Newsletter) error {
				if err := act(n, cmd.Context(), args[0], ""); err != nil {
					return err
				}
				c, err := n.Campaign(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s   %d of %d sent\n", c.State, c.Tally.Sent, c.Tally.Recipients)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	return cmd
}

func campaignReport() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "report ID",
		Short:   "Say what became of a campaign, without anybody's name",
		Example: "  kept newsletter campaign report 4w2k0c1e5xq7m9s3v8b6d2r4ta --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withNewsletter(cmd.Context(), place, func(n *newsletter.Newsletter) error {
				r, err := n.Report(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), r)
				}
				t := r.Campaign.Tally
				w := cmd.OutOrStdout()
				fmt.Fprintf(w, "Campaign       %s\nState          %s\nRecipients     %d\nSent           %d\nRefused        %d\nCame back      %d\nComplaints     %d\nNot sent       %d\nUnsubscribed   %d\n",
					r.Campaign.Name, r.Campaign.State, t.Recipients, t.Sent, t.Refused, t.Bounced, t.Complained, t.Withheld, t.Departed)
				if r.Opens {
					fmt.Fprintf(w, "Opened         %d\n", t.Opened)
				}
				if r.Clicks {
					for _, l := range r.Links {
						fmt.Fprintf(w, "Clicks         %d  %s\n", l.Clicks, l.Address)
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
