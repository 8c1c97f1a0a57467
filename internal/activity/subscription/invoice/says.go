package invoice

import (
	"time"

	"kept/internal/i18n"
)

// Place is where the invoice's days are counted.
func (x Invoice) Place() *time.Location {
	place, err := time.LoadLocation(x.Zone)
	if err != nil {
		return time.UTC
	}
	return place
}

// day writes a day in the invoice's language.
func (x Invoice) day(t time.Time) string { return i18n.DateIn(t, x.Place(), x.Lang) }

// t says something in the invoice's language, on paper and in the structured form alike.
func (x Invoice) t(key string, args ...any) string {
	return i18n.T(x.Lang, "subscription.paper."+key, args...)
}

// untaxed says why there is no tax, nothing where there is.
func (x Invoice) untaxed() string {
	if x.Tax == Domestic {
		return ""
	}
	return x.t(string(x.Tax))
}

// payment says what is to be paid, how and until when.
func (x Invoice) payment() string {
	switch {
	case x.Cancels != "" && x.Paid:
		return x.t("back", (-x.Gross).In(x.Lang, x.Currency))
	case x.Cancels != "":
		return x.t("nothing-due")
	case x.Paid:
		return x.t("paid")
	case !x.Due.IsZero():
		return x.t("pay", x.Gross.In(x.Lang, x.Currency), x.day(x.Due), x.Number)
	}
	return ""
}
