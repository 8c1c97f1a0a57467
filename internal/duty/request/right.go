package request

import (
	"slices"

	"kept/internal/duty/rights"
	"kept/internal/fault"
)

// The rights that are answered here alone, beside those of the room rights.
const (
	Recipients rights.Right = "recipients" // Art. 19: to whom a change was told
	Complaint  rights.Right = "complaint"  // Art. 77: how to complain, the officer first
)

// kind says how a right is answered.
type kind struct {
	right   rights.Right
	article string
	open    bool // nobody needs to be identified: the answer holds no personal data
	carried bool // something is done to data: rights carries it out
	packed  bool // the answer is a package
	atOnce  bool // nothing is weighed: the law itself approves (Art. 7(3), 21(3))
}

// kinds are all rights, in the order of the law: what is handed out is made
// before anything is changed or erased, in this order too.
var kinds = []kind{
	{right: rights.Confirmation, article: "Art. 15(1) GDPR"},
	{right: rights.Access, article: "Art. 15 GDPR", packed: true},
	{right: rights.Portability, article: "Art. 20 GDPR", packed: true},
	{right: Recipients, article: "Art. 19 GDPR"},
	{right: rights.Rectification, article: "Art. 16 GDPR", carried: true},
	{right: rights.Restriction, article: "Art. 18 GDPR", carried: true},
	{right: rights.Objection, article: "Art. 21 GDPR", carried: true},
	{right: rights.Withdrawal, article: "Art. 7(3) GDPR", carried: true, atOnce: true},
	{right: rights.HumanReview, article: "Art. 22 GDPR"},
	{right: rights.Erasure, article: "Art. 17 GDPR", carried: true},
	{right: rights.Safeguards, article: "Art. 13(1)(f), 15(2) GDPR", open: true, atOnce: true},
	{right: Complaint, article: "Art. 77 GDPR", open: true, atOnce: true},
}

func kindOf(r rights.Right) (kind, bool) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.right == r })
	if i < 0 {
		return kind{}, false
	}
	return kinds[i], true
}

// Rights returns every right that can be asked for.
func Rights() []rights.Right {
	all := make([]rights.Right, len(kinds))
	for i, k := range kinds {
		all[i] = k.right
	}
	return all
}

// Article returns where the law has the right.
func Article(r rights.Right) string {
	k, _ := kindOf(r)
	return k.article
}

// ordered returns rights in the order in which they are carried out, each once.
// Invalid if one is none.
func ordered(asked []rights.Right) ([]rights.Right, error) {
	for _, r := range asked {
		if _, ok := kindOf(r); !ok {
			return nil, fault.New(fault.Invalid, "there is no right called %q; one of: %s", string(r), listed(Rights()))
		}
	}
	var all []rights.Right
	for _, r := range Rights() {
		if slices.Contains(asked, r) {
			all = append(all, r)
		}
	}
	return all, nil
}

func listed(all []rights.Right) string {
	text := ""
	for i, r := range all {
		if i > 0 {
			text += ", "
		}
		text += string(r)
	}
	return text
}

// open reports whether none of the rights needs to know who asks.
func open(asked []rights.Right) bool {
	return len(asked) > 0 && !slices.ContainsFunc(asked, func(r rights.Right) bool {
		k, _ := kindOf(r)
		return !k.open
	})
}
