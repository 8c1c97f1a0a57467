package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"kept/internal/manifest"
	"kept/internal/store/event"
)

// pageEvent is laid out like the events that a page sends.
var pageEvent = manifest.Table{
	Name: "page_event", Shape: manifest.Monthly, Subject: manifest.PersonColumn,
	Columns: []manifest.Column{
		{Name: "id", Type: manifest.IntType}, {Name: "at", Type: manifest.TimeType}, {Name: "person", Type: manifest.IntType},
		{Name: "kind", Class: manifest.Word}, {Name: "page", Class: manifest.Word}, {Name: "referrer", Class: manifest.Word},
		{Name: "value", Class: manifest.Word}, {Name: "campaign", Class: manifest.Word}, {Name: "language", Class: manifest.Word},
		{Name: "address", Class: manifest.Word}, {Name: "region", Class: manifest.Word}, {Name: "browser", Class: manifest.Word},
		{Name: "os", Class: manifest.Word}, {Name: "device", Class: manifest.Word}, {Name: "screen", Class: manifest.Word},
	},
}

var (
	filled  = time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC) // the month that is filled
	kinds   = []string{"page_view", "page_view", "page_view", "scroll", "session_start", "outbound", "download"}
	systems = []string{"Windows 11", "Windows 10", "macOS", "iOS", "Android", "Linux"}
	devices = []string{"desktop", "mobile", "tablet"}
)

func among[T any](all []T) T { return all[rand.IntN(len(all))] }

// visit makes the rows of one visitor from a moment on, seconds apart: one
// browser, one address, a referrer on the first page, pages of which some are
// visited by many and most by few.
func visit(subject string, from time.Time, n int) []event.Row {
	language, address := among([]string{"de", "en", "fr", "pl"}), fmt.Sprintf("%d.%d.0.0", 1+rand.IntN(223), rand.IntN(256))
	region, browser := fmt.Sprint("region ", rand.IntN(120)), fmt.Sprint("browser ", rand.IntN(30))
	os, device, screen := among(systems), among(devices), fmt.Sprint(360+10*rand.IntN(200), "x", 640+10*rand.IntN(100))
	referrer, campaign := fmt.Sprintf("https://site%d.example/", zipf(5000)), ""
	if rand.IntN(5) == 0 {
		campaign = fmt.Sprint("campaign ", rand.IntN(20))
	}
	rows := make([]event.Row, n)
	for i := range rows {
		value := ""
		if rand.IntN(10) == 0 {
			value = fmt.Sprint("search ", zipf(50_000))
		}
		rows[i] = event.Row{At: from, Subject: subject, Values: []any{
			among(kinds), fmt.Sprintf("/section/%d/page", zipf(20_000)), referrer, value, campaign, language, address, region, browser, os, device, screen}}
		referrer = ""
		from = from.Add(time.Duration(1+rand.IntN(60)) * time.Second)
	}
	return rows
}

// zipf draws below n, small numbers more often.
func zipf(n int) int {
	return int(float64(n) * rand.Float64() * rand.Float64() * rand.Float64())
}
