package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/activity/booking"
	"kept/internal/app"
)

func bookingCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "booking",
		Short: "Set up what can be booked, and look at appointments",
		Long: `People book appointments on the site's own page, /privacy/booking. What can be
booked and when is set up here or in the console; which data that takes, why and
how long it is kept stands in the policy.`,
		Example: `  kept booking calendar set anna --name "Anna" --zone Europe/Berlin --holidays DE-HE --week "Mon-Fri 09:00-12:00, 13:00-17:00"
  kept booking type set first-talk --calendar anna --title-de Erstgespräch --title-en "First talk" --length 30
  kept booking list --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(bookingList(), bookingShow(), bookingCancel(), bookingTypes(), bookingCalendars())
	return cmd
}

// withBookings opens the appointments of an instance, also beside a serving one.
func withBookings(ctx context.Context, place app.Place, f func(*booking.Diary) error) error {
	return withStored(ctx, place, (*app.App).OpenBookings, f)
}

func bookingList() *cobra.Command {
	var place app.Place
	var out format
	var from string
	var days int
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List appointments, without the names of people",
		Example: "  kept booking list --data ./kept-data\n  kept booking list --from 2026-12-01 --days 31 --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBookings(cmd.Context(), place, func(d *booking.Diary) error {
				zone, err := d.Zone(cmd.Context())
				if err != nil {
					return err
				}
				day, err := time.ParseInLocation(time.DateOnly, from, zone)
				if from == "" {
					now := time.Now().In(zone)
					day, err = time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone), nil
				}
				if err != nil || days < 1 {
					return misuse("--from takes a day like 2026-12-01, --days a number of days")
				}
				all, err := d.List(cmd.Context(), day, day.AddDate(0, 0, days))
				if err != nil {
					return err
				}
				return writeList(cmd.OutOrStdout(), out, all, "ID\tSTART\tEND\tTYPE\tCALENDAR\tSTATE", func(l booking.Line) string {
					return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", l.ID, stamp(l.Start.In(zone)), l.End.In(zone).Format("15:04"), dash(l.Type), dash(l.Calendar), bookingState(l))
				})
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().StringVar(&from, "from", "", "first day (default: today)")
	cmd.Flags().IntVar(&days, "days", 28, "how many days")
	return cmd
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func bookingState(l booking.Line) string {
	switch {
	case !l.Cancelled.IsZero():
		return "cancelled"
	case l.Clash:
		return "clashes"
	}
	return "booked"
}

func bookingShow() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show an appointment and whose it is; the look is recorded in the ledger",
		Example: "  kept booking show 4w2k0c1e5xq7m9s3v8b6d2r4ta\n  kept booking show 4w2k0c1e5xq7m9s3v8b6d2r4ta --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBookings(cmd.Context(), place, func(d *booking.Diary) error {
				ap, err := d.Look(cmd.Context(), args[0], commandLine)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), ap)
				}
				if ap.Restricted {
					fmt.Fprintln(cmd.OutOrStdout(), "This person's data is restricted; whose appointment it is is not shown until the restriction ends.")
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				for _, line := range [][2]string{{"Appointment", ap.Title}, {"Start", stamp(ap.Start)}, {"End", stamp(ap.End)}, {"Cancelled", stamp(ap.Cancelled)}, {"Name", ap.Name()}, {"E-mail", ap.Email},
					{"Phone", ap.Phone}, {"Company", ap.Company}, {"Time zone", ap.Zone}, {"Message", ap.Message}} {
					if line[1] != "" && line[1] != "-" {
						fmt.Fprintf(table, "%s\t%s\n", line[0], line[1])
					}
				}
				return table.Flush()
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

func bookingCancel() *cobra.Command {
	var place app.Place
	var trial bool
	cmd := &cobra.Command{
		Use:   "cancel ID",
		Short: "Cancel an appointment; whoever booked it is told by mail",
		Long: `Cancels an appointment that has not begun. The serving process, which can write
mails, tells whoever booked it, frees the time and takes the appointment out of
the calendar elsewhere.`,
		Example: "  kept booking cancel 4w2k0c1e5xq7m9s3v8b6d2r4ta --dry-run\n  kept booking cancel 4w2k0c1e5xq7m9s3v8b6d2r4ta",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBookings(cmd.Context(), place, func(d *booking.Diary) error {
				if trial {
					when, err := d.MayCancel(cmd.Context(), args[0])
					if err != nil {
						return err
					}
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "Would cancel    the appointment of %s; nothing was changed\n", stamp(when))
					return err
				}
				waits, err := d.Cancel(cmd.Context(), args[0], commandLine)
				if err != nil {
					return err
				}
				said := "Cancelled\n"
				if waits {
					said = "Handed over     the serving process cancels it and writes to whoever booked it\n"
				}
				_, err = fmt.Fprint(cmd.OutOrStdout(), said)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().BoolVar(&trial, "dry-run", false, "say what would be cancelled, and cancel nothing")
	return cmd
}
