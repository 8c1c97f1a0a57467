package event

import "strings"

// encounter is what a batch finds out about the words and persons of its rows. It
// is remembered once the transaction is committed, and not before.
type encounter struct {
	uses    map[string]use
	words   map[string]word // of the rows
	persons map[mark]int64  // of the rows, by their marks
	texts   []string        // of words that were not known, or changed
	marks   []mark          // of persons who were not known
}

func newEncounter() encounter {
	return encounter{uses: map[string]use{}, words: map[string]word{}, persons: map[mark]int64{}}
}

// clear makes room for the next batch. To make the maps anew for each cost as
// much as to fill them.
func (e *encounter) clear() {
	clear(e.uses)
	clear(e.words)
	clear(e.persons)
	clear(e.texts)
	e.texts, e.marks = e.texts[:0], e.marks[:0]
}

// keep remembers what the batch met. A text is cloned: as a part of a request it
// would hold all of that in memory.
func (p *partition) keep() {
	for _, text := range p.met.texts {
		p.words.Add(strings.Clone(text), p.met.words[text])
	}
	for _, m := range p.met.marks {
		p.marks.Add(m, p.met.persons[m])
	}
}
