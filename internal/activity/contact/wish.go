package contact

import (
	"slices"
	"strings"
	"unicode"
)

// A mail asks for deletion, or objects, if its title or the first line of its own
// text says that and nothing else: every word of the line stands below, and one of
// them says what is wanted. "Frage zur Löschung von Kontakten in Ihrem Produkt" is
// a question. What is not recognised is read by a person.

// wanted are words that say it alone.
var wanted = words(`löschung loeschung datenlöschung löschantrag löschungsantrag löschwunsch widerspruch widerspreche
	erasure deletion objection object`)

// doing are words that say it together with what is meant.
var doing = words(`lösche löschen löschst löscht gelöscht loeschen delete deleted erase erased remove removed forget entfernen entferne`)

// meant is what is to be deleted.
var meant = words(`daten data details everything alles information informationen angaben mich me`)

// beside are words that change nothing.
var beside = words(`bitte please ich i hiermit hereby mein meine meiner meinen my all alle aller der die das dem des den the of to for from
	personenbezogene personenbezogenen personal persönlichen persönliche verarbeitung processing nutzung use speicherung storage gespeicherten gespeicherte stored
	werbung antrag auf request zu zur gegen against um und and sofort umgehend immediately möchte will want would like dass sie you your ihre ihrer
	werden be have werde wird nach gemäß laut under pursuant art artikel article dsgvo gdpr eu 17 21 abs 1 2 mir über about anfrage sämtliche sämtlicher
	vollständig completely kontaktdaten hello hallo guten tag sehr geehrte damen herren right recht vergessenwerden forgotten contact`)

func words(list string) []string { return strings.Fields(list) }

// longestWish is how many words say it.
const longestWish = 20

// wish reports whether a mail asks for deletion or objects.
func wish(title, text string) bool { return wishes(title) || wishes(firstLine(text)) }

func wishes(line string) bool {
	said := strings.FieldsFunc(strings.ToLower(line), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(said) == 0 || len(said) > longestWish {
		return false
	}
	var says, does, about bool
	for _, word := range said {
		switch {
		case slices.Contains(wanted, word):
			says = true
		case slices.Contains(doing, word):
			does = true
		case slices.Contains(meant, word):
			about = true
		case !slices.Contains(beside, word):
			return false
		}
	}
	return says || does && about
}

// firstLine returns the first line of a mail's own text, past what it quotes and a
// greeting.
func firstLine(text string) string {
	for line := range strings.Lines(text[:min(len(text), 4000)]) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, ">") || greets(line) {
			continue
		}
		return line
	}
	return ""
}

var greetings = words("hallo hello hi guten sehr dear liebe lieber moin")

func greets(line string) bool {
	first, _, _ := strings.Cut(strings.ToLower(line), " ")
	return slices.Contains(greetings, strings.Trim(first, ",.!")) && !wishes(line)
}
