package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kept/internal/activity/booking"
	"kept/internal/app"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/policy"
)

func bookingTypes() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "type",
		Short:   "Set up types of appointments",
		Example: "  kept booking type set first-talk --calendar anna --title-de Erstgespräch --title-en \"First talk\" --length 30\n  kept booking type list",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(bookingTypeList(), bookingTypeSet(), bookingTypeRemove())
	return cmd
}

func bookingTypeList() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the types of appointments",
		Example: "  kept booking type list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBookings(cmd.Context(), place, func(d *booking.Diary) error {
				all, err := d.Types(cmd.Context(), "")
				if err != nil {
					return err
				}
				return writeList(cmd.OutOrStdout(), out, all, "KEY\tTITLE\tMINUTES\tPAUSES\tPEOPLE\tCALENDAR\tACTIVITY\tSTATE", func(t booking.Type) string {
					state := "on"
					if t.Off {
						state = "off"
					}
					return fmt.Sprintf("%s\t%s\t%d\t%d+%d\t%d\t%s\t%s\t%s", t.Key, t.Title["en"], t.Length, t.Before, t.After, t.Capacity, t.Calendar, t.Activity, state)
				})
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

func bookingTypeSet() *cobra.Command {
	var place app.Place
	var t booking.Type
	var de, en string
	cmd := &cobra.Command{
		Use:   "set KEY",
		Short: "Make a type of appointment, or change what the flags name",
		Long: `Makes a type of appointment, or changes it. What is booked stays as it was booked.
The change goes into the ledger.`,
		Example: `  kept booking type set first-talk --calendar anna --title-de Erstgespräch --title-en "First talk" --length 30 --after 15
  kept booking type set first-talk --off`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBookings(cmd.Context(), place, func(d *booking.Diary) error {
				now, err := d.Type(cmd.Context(), args[0])
				if fault.Is(err, fault.NotFound) {
					now, err = &booking.Type{Key: args[0], Title: policy.Text{}, Length: t.Length, Step: t.Length, Notice: t.Notice, Ahead: t.Ahead, Capacity: t.Capacity}, nil
				}
				if err != nil {
					return err
				}
				for name, take := range map[string]func(){
					"calendar": func() { now.Calendar = t.Calendar }, "activity": func() { now.Activity = t.Activity },
					"title-de": func() { now.Title["de"] = de }, "title-en": func() { now.Title["en"] = en },
					"place": func() { now.Place = t.Place }, "online": func() { now.Online = t.Online }, "off": func() { now.Off = t.Off },
					"length": func() { now.Length = t.Length }, "before": func() { now.Before = t.Before }, "after": func() { now.After = t.After },
					"step": func() { now.Step = t.Step }, "notice": func() { now.Notice = t.Notice }, "ahead": func() { now.Ahead = t.Ahead }, "capacity": func() { now.Capacity = t.Capacity },
				} {
					if cmd.Flags().Changed(name) {
						take()
					}
				}
				if err := d.SetType(cmd.Context(), *now, commandLine); err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "Set             %s\n", args[0])
				return err
			})
		},
	}
	addPlace(cmd, &place)
	f := cmd.Flags()
	f.StringVar(&t.Calendar, "calendar", "", "key of the calendar whose time it takes")
	f.StringVar(&t.Activity, "activity", "", "key of the activity in the policy; not needed if there is one")
	f.StringVar(&de, "title-de", "", "title in German")
	f.StringVar(&en, "title-en", "", "title in English")
	f.StringVar(&t.Place, "place", "", "place, or address of the video meeting; only those who booked see it")
	f.BoolVar(&t.Online, "online", false, "it takes place online")
	f.IntVar(&t.Length, "length", 30, "minutes that it lasts")
	f.IntVar(&t.Before, "before", 0, "minutes of pause before it")
	f.IntVar(&t.After, "after", 0, "minutes of pause after it")
	f.IntVar(&t.Step, "step", 0, "minutes from one start to the next (default: its length)")
	f.IntVar(&t.Notice, "notice", 24*60, "minutes before the start until which it can be booked")
	f.IntVar(&t.Ahead, "ahead", 60, "days before the start from which it can be booked")
	f.IntVar(&t.Capacity, "capacity", 1, "people at one time")
	f.BoolVar(&t.Off, "off", false, "nobody can book it now")
	return cmd
}

func bookingTypeRemove() *cobra.Command {
	var place app.Place
	cmd := &cobra.Command{
		Use:     "remove KEY",
		Short:   "Remove a type that nobody has booked any more",
		Example: "  kept booking type remove first-talk",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBookings(cmd.Context(), place, func(d *booking.Diary) error {
				if err := d.RemoveType(cmd.Context(), args[0], commandLine); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "Removed         %s\n", args[0])
				return err
			})
		},
	}
	addPlace(cmd, &place)
	return cmd
}

func bookingCalendars() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "calendar",
		Short:   "Set up calendars and their hours",
		Example: "  kept booking calendar set anna --name Anna --week \"Mon-Fri 09:00-17:00\"\n  kept booking calendar list",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(bookingCalendarList(), bookingCalendarSet())
	return cmd
}

// calendarView is a calendar for programs.
type calendarView struct {
	Key      string `json:"key"`
	Name     string `json:"name"`
	Zone     string `json:"zone"`
	Holidays string `json:"holidays"`
	Week     string `json:"week"`
	Except   string `json:"except"`
	Folder   string `json:"folder"`
	Failed   string `json:"failed,omitempty"`
}

func bookingCalendarList() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the calendars with their hours",
		Example: "  kept booking calendar list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBookings(cmd.Context(), place, func(d *booking.Diary) error {
				all, err := d.Calendars(cmd.Context())
				if err != nil {
					return err
				}
				views := []calendarView{}
				for _, c := range all {
					views = append(views, calendarView{Key: c.Key, Name: c.Name, Zone: c.Zone.String(), Holidays: c.Holidays,
						Week: c.Hours.WeekText(i18n.English), Except: c.Hours.ExceptText(i18n.English), Folder: c.Folder, Failed: c.Failed})
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), views)
				}
				for _, v := range views {
					fmt.Fprintf(cmd.OutOrStdout(), "%s (%s)\n  zone      %s\n  holidays  %s\n", v.Key, v.Name, v.Zone, dash(v.Holidays))
					for line := range strings.Lines(v.Week + v.Except) {
						fmt.Fprintf(cmd.OutOrStdout(), "  %s", line)
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

func bookingCalendarSet() *cobra.Command {
	var place app.Place
	var c booking.Calendar
	var zone string
	var week, except []string
	cmd := &cobra.Command{
		Use:   "set KEY",
		Short: "Make a calendar, or change what the flags name",
		Long: `A calendar is a person or a room: it does one thing at a time. Its hours are lines
of weekdays; on public holidays it is closed, and exceptions go before both.
The change goes into the ledger.`,
		Example: `  kept booking calendar set anna --name Anna --zone Europe/Berlin --holidays DE-HE --week "Mon-Thu 09:00-12:00, 13:00-17:00" --week "Fri 09:00-12:00"
  kept booking calendar set anna --except "2026-12-24..2027-01-02 closed"`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBookings(cmd.Context(), place, func(d *booking.Diary) error {
				now, err := d.Calendar(cmd.Context(), args[0])
				isNew := fault.Is(err, fault.NotFound)
				if isNew {
					now, err = &booking.Calendar{Key: args[0], Name: args[0]}, nil
				}
				if err != nil {
					return err
				}
				changed := cmd.Flags().Changed
				if changed("zone") || isNew {
					if now.Zone, err = booking.ZoneOf(zone); err != nil {
						return err
					}
				}
				weekText, exceptText := now.Hours.WeekText(i18n.English), now.Hours.ExceptText(i18n.English)
				if changed("week") {
					weekText = strings.Join(week, "\n")
				}
				if changed("except") {
					exceptText = strings.Join(except, "\n")
				}
				if now.Hours, err = booking.ParseHours(weekText, exceptText); err != nil {
					return err
				}
				for name, take := range map[string]func(){"name": func() { now.Name = c.Name }, "holidays": func() { now.Holidays = c.Holidays }, "folder": func() { now.Folder = c.Folder }} {
					if changed(name) {
						take()
					}
				}
				if err := d.SetCalendar(cmd.Context(), *now, commandLine); err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "Set             %s\n", args[0])
				return err
			})
		},
	}
	addPlace(cmd, &place)
	f := cmd.Flags()
	f.StringVar(&c.Name, "name", "", "what it is called")
	f.StringVar(&zone, "zone", "Europe/Berlin", "time zone in which the hours are meant")
	f.StringVar(&c.Holidays, "holidays", "", "whose public holidays are free: DE, DE-HE, AT, FR; empty for none")
	f.StringArrayVar(&week, "week", nil, "hours of some weekdays, in place of all before (again for further lines)")
	f.StringArrayVar(&except, "except", nil, "days with other hours, in place of all before (again for further lines)")
	f.StringVar(&c.Folder, "folder", "", "folder below the address of serve --caldav; empty for that address itself")
	return cmd
}
