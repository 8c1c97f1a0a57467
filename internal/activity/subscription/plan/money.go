package plan

import (
	"fmt"
	"strconv"
	"strings"

	"kept/internal/i18n"
)

// Money is an amount in the smallest unit of the price list's currency: cents.
type Money int64

// Rate is a tax rate in hundredths of a percent: 1900 is 19 %.
type Rate int64

// whole is 100 % as a Rate.
const whole = 10_000

// Of returns the tax on a net amount, rounded half up, away from zero.
func (r Rate) Of(net Money) Money {
	if net < 0 {
		return -r.Of(-net)
	}
	return (net*Money(r) + whole/2) / whole
}

// In writes a rate as a language does.
func (r Rate) In(lang string) string { return i18n.Percent(float64(r)/whole, lang) }

// Share returns part of whole of an amount, rounded half up, away from zero.
func (m Money) Share(part, whole int64) Money {
	if m < 0 {
		return -(-m).Share(part, whole)
	}
	return Money((int64(m)*part + whole/2) / whole)
}

// Plain writes the amount with a point: 29.00.
func (m Money) Plain() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	return fmt.Sprintf("%s%d.%02d", sign, m/100, m%100)
}

// In writes the amount with its currency as a language does.
func (m Money) In(lang, currency string) string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	point := "."
	if lang == i18n.German {
		point = ","
	}
	return fmt.Sprintf("%s%s%s%02d\u00a0%s", sign, i18n.Number(int64(m/100), lang), point, m%100, currency)
}

// parseMoney reads 29, 29.9 or 29.90.
func parseMoney(s string) (Money, bool) {
	units, cents, point := strings.Cut(s, ".")
	if len(cents) > 2 || point && cents == "" || len(units) > 9 {
		return 0, false
	}
	n, err := strconv.ParseUint(units+(cents + "00")[:2], 10, 62)
	return Money(n), err == nil
}

// parseRate reads 19% or 7.5%.
func parseRate(s string) (Rate, bool) {
	percent, ok := strings.CutSuffix(strings.TrimSpace(s), "%")
	m, read := parseMoney(strings.TrimSpace(percent))
	return Rate(m), ok && read && m < whole
}
