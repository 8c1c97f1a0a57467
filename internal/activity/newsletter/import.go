package newsletter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"kept/internal/activity"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// ByImport is the source of a subscription that was taken over.
const ByImport Source = "import"

// Import is a file that is to be taken over.
type Import struct {
	Activity string // key of the entry; empty: the first
	Ground   Ground // ByConsent unless given
	Table    Table
	Mapping  Mapping
	Zone     *time.Location // of times that name none; nil: UTC
	List     string         // name of a list that everybody is put on; empty: none
	// Similar is the operator's word that the mails advertise own goods or services
	// similar to those that were bought (§ 7(3) no. 2 UWG); customers need it.
	Similar bool
	SkipBad bool // take the good rows although there are bad ones
	DryRun  bool
	By      string // who takes it over, for the ledger
}

// Imported is what an import did, or would do.
type Imported struct {
	Activity   string    `json:"activity"`
	Ground     Ground    `json:"ground"`
	Rows       int       `json:"rows"`
	Added      int       `json:"added"`
	Known      int       `json:"known"`      // subscribed already: nothing of them changed
	Suppressed int       `json:"suppressed"` // left before: they stay out
	Objected   int       `json:"objected"`   // objected, or restricted: they stay out
	Bad        int       `json:"bad"`
	Kept       []string  `json:"kept"`    // columns that are taken over
	Dropped    []string  `json:"dropped"` // columns that are not known, or that the policy does not list
	Problems   []Problem `json:"problems"`
	Done       bool      `json:"done"`
}

// Import takes a file over, whole or not at all: with a bad row nothing changes,
// unless bad rows are to be left out. Nobody gets a mail by it. Refused if the
// policy keeps no proof of what the import would rest on.
func (n *Newsletter) Import(ctx context.Context, i Import) (Imported, error) {
	a, err := n.declared(i.Activity)
	if err != nil {
		return Imported{}, err
	}
	if i.Ground == "" {
		i.Ground = ByConsent
	}
	if i.Zone == nil {
		i.Zone = time.UTC
	}
	if err := n.importable(a, i); err != nil {
		return Imported{}, err
	}
	r := reading{table: i.Table, mapping: i.Mapping, entry: a, ground: i.Ground, zone: i.Zone, now: n.env.Clock.Now()}
	rows := r.read()
	result := Imported{Activity: a.Key, Ground: i.Ground, Rows: i.Table.Len(), Bad: i.Table.Len() - len(rows), Problems: r.problems}
	result.Kept, result.Dropped = keeps(a, i)
	if len(r.problems) > 0 && !i.SkipBad {
		return result, nil
	}
	t := takeover{Newsletter: n, entry: a, Import: i, result: &result}
	return result, t.run(ctx, rows)
}

// importable returns Refused if nobody could be taken over, whatever the file says.
func (n *Newsletter) importable(a *policy.Activity, i Import) error {
	if _, ok := i.Mapping[columnEmail]; !ok {
		return fault.New(fault.Invalid, "%s has no column for the mail address; say which one it is (--map email=…); it has: %v", i.Table.Name, i.Table.Head)
	}
	if i.List != "" && !a.Has(fieldLists) {
		return fault.New(fault.Refused, "%s keeps no lists: add %s to its data", a.Key, fieldLists)
	}
	if i.Ground == ByCustomer {
		return customersAllowed(a, i.Similar)
	}
	if i.Ground != ByConsent {
		return fault.New(fault.Invalid, "an import rests on %s or %s", ByConsent, ByCustomer)
	}
	if a.Basis != policy.Consent {
		return fault.New(fault.Refused, "%s rests on %s: consents cannot be taken over into it", a.Key, a.Basis)
	}
	for _, f := range []string{fieldProofAddress, fieldSignUp, fieldConfirmation, fieldText} {
		if !a.Has(f) {
			return fault.New(fault.Refused, "%s keeps no proof (%s is not in its data): a consent that cannot be proven must not be taken over (Art. 7(1) GDPR)", a.Key, f)
		}
	}
	return nil
}

// keeps tells the columns of a file that are taken over from the others.
func keeps(a *policy.Activity, i Import) (kept, dropped []string) {
	fields := map[string]string{
		columnFirst: fieldFirst, columnLast: fieldLast, columnCompany: fieldCompany, columnLanguage: fieldLanguage, columnTopics: fieldTopics, columnLists: fieldLists,
		columnSoldAt: fieldCustomer, columnSold: fieldCustomer, columnTold: fieldCustomer,
	}
	used := map[int]bool{}
	for _, column := range Columns {
		at, ok := i.Mapping[column]
		field, bound := fields[column]
		sale := slices.Contains([]string{columnSoldAt, columnSold, columnTold}, column)
		if !ok || bound && !a.Has(field) || sale != (i.Ground == ByCustomer) && (sale || slices.Contains(proofColumns, column)) {
			continue
		}
		used[at] = true
		kept = append(kept, column)
	}
	for at, head := range i.Table.Head {
		if !used[at] {
			dropped = append(dropped, plainFile(head))
		}
	}
	return kept, dropped
}

// proofColumns are what a consent is proven by.
var proofColumns = []string{columnSignUp, columnSignUpIP, columnConfirm, columnConfirmIP, columnText, columnVersion}

// takeover is an import under way.
type takeover struct {
	*Newsletter
	Import
	entry  *policy.Activity
	result *Imported
	lists  map[string]string // ids by name
	barred func(subject string) bool
}

// errDry rolls a dry run back.
var errDry = fault.New(fault.Conflict, "this was a dry run")

// run takes rows over in one transaction.
func (t *takeover) run(ctx context.Context, rows []Row) error {
	var err error
	if t.barred, err = t.Newsletter.barred(ctx, t.entry.Key); err != nil {
		return err
	}
	t.lists = map[string]string{}
	err = t.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for len(rows) > 0 {
			part := rows[:min(len(rows), importPart)]
			rows = rows[len(part):]
			if err := t.part(ctx, tx, part); err != nil {
				return err
			}
		}
		if t.DryRun {
			return errDry
		}
		_, err := t.env.Ledger.Append(ctx, tx, "newsletter.imported", map[string]any{
			"activity": t.entry.Key, "ground": string(t.Ground), "rows": t.result.Rows, "added": t.result.Added, "suppressed": t.result.Suppressed,
			"bad": t.result.Bad, "by": t.By,
		})
		return err
	})
	if t.DryRun && errors.Is(err, errDry) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("import %s: %w", t.Table.Name, err)
	}
	t.result.Done = true
	return nil
}

// importPart is for how many people keys are made in one commit of the vault.
const importPart = 500

// newcomer is somebody of the file who is taken over.
type newcomer struct {
	Row
	draft subject.Draft // of somebody who was not known
	sub   Subscription
}

// part sorts out who is known, left or objected, and takes the others over.
func (t *takeover) part(ctx context.Context, tx *store.Tx, rows []Row) error {
	var fresh []newcomer
	for _, row := range rows {
		c, err := t.meet(ctx, tx, row)
		if err != nil {
			return fmt.Errorf("row %d: %w", row.row, err)
		}
		if c != nil {
			fresh = append(fresh, *c)
		}
	}
	t.result.Added += len(fresh)
	if t.DryRun {
		return nil
	}
	var keys []vault.Ref
	for _, c := range fresh {
		keys = append(keys, t.keys(c)...)
	}
	if err := t.env.Vault.Prepare(ctx, keys...); err != nil {
		return err
	}
	for _, c := range fresh {
		if err := t.takeIn(ctx, tx, c); err != nil {
			return fmt.Errorf("row %d: %w", c.row, err)
		}
	}
	return nil
}

// meet finds out who a row is about: nil if nothing is to be done.
func (t *takeover) meet(ctx context.Context, tx *store.Tx, row Row) (*newcomer, error) {
	out, err := t.Suppressed(ctx, tx, t.entry.Key, row.Email)
	if err != nil {
		return nil, err
	}
	if out {
		t.result.Suppressed++
		return nil, nil
	}
	c := newcomer{Row: row}
	who, err := t.env.Subjects.Find(ctx, tx, subject.Email, row.Email)
	switch {
	case fault.Is(err, fault.NotFound):
		c.draft = t.env.Subjects.Draft(subject.Email, row.Email)
		who = c.draft.ID
	case err != nil:
		return nil, err
	case t.barred(who):
		t.result.Objected++
		return nil, nil
	default:
		last, err := t.latest(ctx, tx, t.entry, who)
		if err == nil && last.stands() {
			t.result.Known++
			return nil, nil
		}
		if err == nil && last.Unsubscribed.IsZero() { // it waits for a confirmation that it does not need any more
			err = t.drop(ctx, tx, last)
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
	}
	contents := SimilarGoods
	if t.Ground == ByConsent { // what they agreed to elsewhere bounds their consent
		contents = describedBy(row.Text)
	}
	c.sub = Subscription{
		Contents: contents,
		ID:       store.NewID(), Activity: t.entry.Key, Ground: t.Ground, Subject: who, Email: row.Email, First: row.First, Last: row.Last, Company: row.Company,
		Language: row.Language, Zone: row.Zone, Topics: chosenOf(t.entry, row.Topics), SignedUp: row.SignedUp, Confirmed: row.Confirmed,
	}
	return &c, nil
}

// keys are those that taking somebody over needs.
func (t *takeover) keys(c newcomer) []vault.Ref {
	keys := []vault.Ref{linkKey(c.sub.Subject)}
	if c.draft.ID != "" {
		keys = append(keys, c.draft.Key())
	}
	for _, f := range []string{fieldEmail, fieldFirst, fieldLast, fieldCompany, fieldProofAddress, fieldSignUp, fieldConfirmation, fieldText, fieldCustomer} {
		if k := activity.KeyOf(t.entry, c.sub.Subject, f); t.entry.Has(f) && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// takeIn stores somebody who is taken over, with the proof.
func (t *takeover) takeIn(ctx context.Context, tx *store.Tx, c newcomer) error {
	if c.draft.ID != "" {
		if err := t.env.Subjects.Insert(ctx, tx, c.draft); err != nil {
			return err
		}
	}
	if t.Ground == ByConsent {
		if err := t.keepText(ctx, tx, t.entry, c.sub.Contents, c.Text); err != nil {
			return err
		}
	}
	s := SignUp{Source: ByImport, Text: c.Text, Version: c.Version, Address: c.SignUpIP, Topics: c.sub.Topics}
	if err := t.insertSubscriber(ctx, tx, t.entry, c.sub, nil); err != nil {
		return err
	}
	if err := t.insertProof(ctx, tx, t.entry, c.sub, s); err != nil {
		return err
	}
	if err := t.insertOrigin(ctx, tx, c); err != nil {
		return err
	}
	for _, list := range append(slices.Clone(c.Lists), t.List) {
		if err := t.enter(ctx, tx, c.sub.ID, list); err != nil {
			return err
		}
	}
	at := c.Confirmed
	if t.Ground == ByCustomer {
		at = t.env.Clock.Now() // mails may be sent from now on
	}
	return t.prove(ctx, tx, t.entry, c.sub, at, c.ConfirmIP)
}

// insertOrigin writes where somebody was taken over from, and the sale that
// allows it.
func (t *takeover) insertOrigin(ctx context.Context, tx *store.Tx, c newcomer) error {
	seal := t.env.Sealer(ctx, t.entry, c.sub.Subject)
	origin := seal.Text(proofTable+".origin", fieldText, c.Source)
	var sold, told []byte
	var soldAt any
	if t.Ground == ByCustomer {
		sold = seal.Text(proofTable+".sold", fieldCustomer, c.Sold)
		told = seal.Text(proofTable+".told", fieldCustomer, c.Told)
		soldAt = store.At(c.SoldAt)
	}
	if seal.Err() != nil {
		return seal.Err()
	}
	_, err := tx.ExecContext(ctx, "update newsletter_proof set origin = $2, sold_at = $3, sold = $4, told = $5 where id = $1", c.sub.ID, origin, soldAt, sold, told)
	return store.Classify(err)
}

// enter puts a subscription on a list, which is made if there is none of the name.
func (t *takeover) enter(ctx context.Context, tx *store.Tx, subscription, list string) error {
	if list == "" || !t.entry.Has(fieldLists) {
		return nil
	}
	id, ok := t.lists[list]
	if !ok {
		var err error
		if id, err = t.listNamed(ctx, tx, t.entry, list); err != nil {
			return err
		}
		t.lists[list] = id
	}
	return t.putOn(ctx, tx, t.entry, subscription, id)
}

// describedBy returns the id of the description that a text agreed to elsewhere is:
// other words are another description.
func describedBy(text string) string {
	sum := sha256.Sum256([]byte("elsewhere\n" + text))
	return hex.EncodeToString(sum[:8])
}

// keepText keeps a text that was agreed to elsewhere, so that a campaign can say
// whether it covers what it is about.
func (n *Newsletter) keepText(ctx context.Context, tx *store.Tx, a *policy.Activity, id, text string) error {
	says := policy.Text{}
	for _, lang := range i18n.Languages() {
		says[lang] = text
	}
	_, err := tx.ExecContext(ctx, "insert into newsletter_contents (id, activity, says, first_at) values ($1, $2, $3, $4) on conflict (id) do nothing",
		id, a.Key, store.JSON[policy.Text]{V: says}, store.At(n.env.Clock.Now()))
	return store.Classify(err)
}
