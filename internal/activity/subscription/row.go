package subscription

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// Subscription is what one customer has subscribed to.
type Subscription struct {
	ID       string `json:"id"`
	Activity string `json:"activity"`
	Customer string `json:"customer"`
	Language string `json:"language,omitempty"`
	Plan     string `json:"plan,omitempty"`
	NextPlan string `json:"next_plan,omitempty"` // from the next term on
	PayBy    string `json:"pay_by,omitempty"`    // empty: nothing was bought yet

	Begun       time.Time `json:"begun"`
	TrialUntil  time.Time `json:"trial_until,omitzero"`
	PaidUntil   time.Time `json:"term_until,omitzero"` // the end of the current term
	Cancelled   time.Time `json:"cancelled,omitzero"`
	Failed      time.Time `json:"payment_failed,omitzero"`
	Expires     time.Time `json:"expires,omitzero"`
	ContractEnd time.Time `json:"contract_end,omitzero"`
	Requested   time.Time `json:"deletion_asked,omitzero"`
	renewalTold time.Time

	Details
	ProviderCustomer     string `json:"-"`
	ProviderSubscription string `json:"-"`
	// Restricted says that the details are not shown (Art. 18(2) GDPR).
	Restricted bool `json:"restricted,omitempty"`
}

// Details are what is collected when somebody subscribes.
type Details struct {
	Tenant     string  `json:"tenant_id,omitempty"`
	Name       string  `json:"name,omitempty"`
	Company    string  `json:"company,omitempty"`
	Address    Address `json:"address,omitzero"`
	Registered string  `json:"registration_email,omitempty"`
	Billing    string  `json:"billing_email,omitempty"`
	VATID      string  `json:"vat_id,omitempty"`
	Reference  string  `json:"buyer_reference,omitempty"` // what invoices carry for the customer: of an authority its Leitweg-ID
}

// Address is a postal one.
type Address struct {
	Street  string `json:"street,omitempty"`
	City    string `json:"city,omitempty"` // with its postal code
	Country string `json:"country,omitempty"`
}

// State is where a subscription stands.
type State string

// The states.
const (
	Trial     State = "trial"
	Active    State = "active"
	Failing   State = "failing"   // active, and a payment failed
	Cancelled State = "cancelled" // active to the end of the term
	Expired   State = "expired"
)

// State says where the subscription stands at a moment.
func (s *Subscription) State(now time.Time) State {
	switch {
	case !s.Expires.IsZero() && !now.Before(s.Expires):
		return Expired
	case s.PayBy == "":
		return Trial
	case !s.Expires.IsZero():
		return Cancelled
	case !s.Failed.IsZero():
		return Failing
	}
	return Active
}

// nothingBegun reports whether there was neither a trial nor a payment yet: somebody only
// went to the payment service and came back.
func (s *Subscription) nothingBegun() bool {
	return s.PayBy == "" && s.TrialUntil.IsZero() && s.PaidUntil.IsZero()
}

const columns = `id, activity, customer, begun_at, expires_at, contract_end, requested_at, coalesce(language, ''), coalesce(plan, ''), coalesce(next_plan, ''),
	coalesce(pay_by, ''), trial_until, paid_until, cancelled_at, failed_at, renewal_told, tenant_id, name, company, address, registration_email, billing_email,
	vat_id, buyer_reference, coalesce(provider_customer, ''), coalesce(provider_subscription, '')`

// of returns the subscription of a customer; NotFound without one.
func (o *Office) of(ctx context.Context, q store.Querier, customer string) (Subscription, error) {
	a, err := o.entry()
	if err != nil {
		return Subscription{}, err
	}
	return o.one(ctx, q, "activity = $1 and customer = $2", a.Key, customer)
}

// Party is who a customer says it is, as far as it has subscribed: for the processor's
// record. Nothing while its data is restricted.
func (o *Office) Party(ctx context.Context, customer string) (Details, error) {
	s, err := o.of(ctx, o.env.DB, customer)
	if fault.Is(err, fault.NotFound) {
		return Details{}, nil
	}
	if err == nil && fault.Is(o.free(ctx, customer), fault.Refused) {
		return Details{}, nil
	}
	return s.Details, err
}

// one returns the subscription that a condition names; NotFound without one.
func (o *Office) one(ctx context.Context, q store.Querier, where string, args ...any) (Subscription, error) {
	all, err := o.some(ctx, q, where, args...)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "there is no such subscription")
	}
	if err != nil {
		return Subscription{}, err
	}
	return all[0], nil
}

func (o *Office) some(ctx context.Context, q store.Querier, where string, args ...any) (all []Subscription, err error) {
	rows, err := q.QueryContext(ctx, "select "+columns+" from subscription where "+where+" order by begun_at, id", args...)
	if err != nil {
		return nil, store.Classify(err)
	}
	var seals [][len(places)][]byte
	for rows.Next() {
		s, sealed, err := scan(rows)
		if err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		all, seals = append(all, s), append(seals, sealed)
	}
	if err := errors.Join(store.Classify(rows.Err()), rows.Close()); err != nil {
		return nil, err
	}
	for i := range all {
		if err := o.unseal(ctx, &all[i], seals[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func scan(rows *sql.Rows) (s Subscription, sealed [len(places)][]byte, err error) {
	times := make([]store.Time, 9)
	err = rows.Scan(&s.ID, &s.Activity, &s.Customer, &times[0], &times[1], &times[2], &times[3], &s.Language, &s.Plan, &s.NextPlan, &s.PayBy,
		&times[4], &times[5], &times[6], &times[7], &times[8], &sealed[0], &sealed[1], &sealed[2], &sealed[3], &sealed[4], &sealed[5], &sealed[6], &sealed[7],
		&s.ProviderCustomer, &s.ProviderSubscription)
	for i, to := range []*time.Time{&s.Begun, &s.Expires, &s.ContractEnd, &s.Requested, &s.TrialUntil, &s.PaidUntil, &s.Cancelled, &s.Failed, &s.renewalTold} {
		*to = times[i].Time
	}
	return s, sealed, err
}

func (o *Office) unseal(ctx context.Context, s *Subscription, sealed [len(places)][]byte) error {
	x := o.env.Opener(ctx, s.Customer)
	for i, to := range []*string{&s.Tenant, &s.Name, &s.Company, nil, &s.Registered, &s.Billing, &s.VATID, &s.Reference} {
		if to != nil {
			*to = x.Text(places[i], sealed[i])
		}
	}
	x.JSON(places[3], sealed[3], &s.Address)
	return x.Err()
}

// places bind sealed values to their columns.
var places = [...]string{"subscription.tenant_id", "subscription.name", "subscription.company", "subscription.address",
	"subscription.registration_email", "subscription.billing_email", "subscription.vat_id", "subscription.buyer_reference"}

// save writes the whole row, as far as the policy lists its fields.
func (o *Office) save(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription) error {
	x := o.env.Sealer(ctx, a, s.Customer)
	sealed := []any{x.Text(places[0], fieldTenant, s.Tenant), x.Text(places[1], fieldName, s.Name), x.Text(places[2], fieldCompany, s.Company),
		x.JSON(places[3], fieldAddress, s.Address), x.Text(places[4], fieldRegistered, s.Registered), x.Text(places[5], fieldBilling, s.Billing), x.Text(places[6], fieldVATID, s.VATID), x.Text(places[7], fieldReference, s.Reference)}
	if err := x.Err(); err != nil {
		return err
	}
	provider := [2]any{}
	if a.Has(fieldPayment) {
		provider = [2]any{null(s.ProviderCustomer), null(s.ProviderSubscription)}
	}
	args := append([]any{s.ID, s.Activity, s.Customer, store.At(s.Begun), store.At(s.Expires), store.At(s.ContractEnd), store.At(s.Requested), null(s.Language),
		null(s.Plan), null(s.NextPlan), null(s.PayBy), store.At(s.TrialUntil), store.At(s.PaidUntil), store.At(s.Cancelled), store.At(s.Failed), store.At(s.renewalTold)},
		append(sealed, provider[0], provider[1])...)
	_, err := tx.ExecContext(ctx, `insert into subscription (id, activity, customer, begun_at, expires_at, contract_end, requested_at, language, plan, next_plan,
		pay_by, trial_until, paid_until, cancelled_at, failed_at, renewal_told, tenant_id, name, company, address, registration_email, billing_email, vat_id,
		buyer_reference, provider_customer, provider_subscription)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
		on conflict (id) do update set expires_at = excluded.expires_at, contract_end = excluded.contract_end, requested_at = excluded.requested_at,
		language = excluded.language, plan = excluded.plan, next_plan = excluded.next_plan, pay_by = excluded.pay_by, trial_until = excluded.trial_until,
		paid_until = excluded.paid_until, cancelled_at = excluded.cancelled_at, failed_at = excluded.failed_at, renewal_told = excluded.renewal_told,
		tenant_id = excluded.tenant_id, name = excluded.name, company = excluded.company, address = excluded.address,
		registration_email = excluded.registration_email, billing_email = excluded.billing_email, vat_id = excluded.vat_id, buyer_reference = excluded.buyer_reference,
		provider_customer = excluded.provider_customer, provider_subscription = excluded.provider_subscription`, args...)
	return store.Classify(err)
}
