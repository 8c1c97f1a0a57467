package newsletter

import "kept/internal/manifest"

// The tables of lists and of what a processor holds.
const (
	tallyTable       = "newsletter_tally"
	carriedTable     = "newsletter_carried"
	accountTable     = "newsletter_account"
	consignmentTable = "newsletter_consignment"
)

// tallies count without naming anybody, by the month: a day of a short list could
// tell who left.
var tallies = manifest.Table{
	Name: tallyTable, About: "how many came and went in a month", Activity: "activity",
	Impersonal: "counts of a month: they say nothing about anybody",
	Columns: []manifest.Column{
		entryColumn,
		{Name: "list", Why: "the list that is counted, empty for the whole entry"},
		{Name: "month", Why: "the month that is counted"},
		{Name: "joined", Type: manifest.IntType, Why: "how many came"},
		{Name: "unsubscribed", Type: manifest.IntType, Why: "how many left"},
		{Name: "bounced", Type: manifest.IntType, Why: "how many addresses ended"},
		{Name: "complained", Type: manifest.IntType, Why: "how many complained"},
	},
}

// carried says what has to be deleted at a processor. A row outlives the
// subscription until a query has shown that the receiver is gone there.
var carried = manifest.Table{
	Name: carriedTable, About: "a subscriber whom a processor knows", Activity: "activity",
	Impersonal: "numbers by which the deletion at a processor is asked for and shown; without the subscription, which goes first, they lead to nobody here",
	Columns: []manifest.Column{
		{Name: "id", Why: "the subscription, while it stands"},
		entryColumn,
		{Name: "recipient", Why: "the processor"},
		{Name: "receiver", Type: manifest.IntType, Why: "the processor's number of the receiver, by which it is deleted there"},
		{Name: "group_id", Type: manifest.IntType, Why: "the processor's number of the group"},
		{Name: "subject", Why: "whose deletion is not done before the receiver is gone"},
		{Name: "at", Type: manifest.TimeType, Why: "when it was handed over"},
	},
}

var accounts = manifest.Table{
	Name: accountTable, About: "the group of an entry at a processor", Activity: "activity",
	Impersonal: "the processor's number of a group and the mark of its hook: nothing about anybody",
	Columns: []manifest.Column{
		entryColumn,
		{Name: "recipient", Why: "the processor"},
		{Name: "group_id", Type: manifest.IntType, Why: "the processor's number of the group"},
		{Name: "hook", Type: manifest.BytesType, Null: true, Class: manifest.Indexed, Why: "recognises the calls of the processor's hook"},
	},
}

var consignments = manifest.Table{
	Name: consignmentTable, About: "a campaign that a processor carries", Activity: "activity",
	Impersonal: "the processor's number of a mailing, so that it is released once",
	Columns: []manifest.Column{
		{Name: "id", Why: "the campaign"},
		entryColumn,
		{Name: "recipient", Why: "the processor"},
		{Name: "mailing", Type: manifest.IntType, Why: "the processor's number of the mailing"},
		{Name: "released_at", Type: manifest.TimeType, Null: true, Why: "when it was released"},
	},
}
