package sheet

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"kept/internal/fault"
	"kept/internal/remote/card"
)

func cardsOf(t *testing.T, all []Entry, err error) map[string]card.Card {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]card.Card{}
	for _, e := range all {
		found[e.ID] = e.Card
	}
	return found
}

// The heads are those of the exports of Outlook (English, German) and Google.
func TestTableOfEachProgram(t *testing.T) {
	at := card.Address{Use: card.Business, Street: "Ring 1\nTor 2", City: "Köln", Region: "NRW", Code: "50667", Country: "Germany"}
	ada := card.Card{
		Prefix: "Dr.", First: "Ada", Last: "Lovelace", Company: "Müller, AG", Department: "Sales", Title: "Head", Office: "B 2", Website: "https://a.example", Birthday: "1990-12-10",
		Emails:     []card.Email{{Address: "Ada@muster.example"}, {Address: "ada2@muster.example"}},
		Phones:     []card.Phone{{Use: card.BusinessFax, Number: "+49 9"}, {Use: card.Business, Number: "+49 1"}, {Use: card.Mobile, Number: "+49 2"}},
		Addresses:  []card.Address{at},
		Categories: []string{"Partner", "VIP"},
	}
	for name, x := range map[string]struct {
		text string
		want card.Card
	}{
		"Outlook, English": {`"First Name","Middle Name","Last Name","Title","Suffix","Company","Department","Job Title","Business Street","Business Street 2","Business City","Business State","Business Postal Code","Business Country/Region","Business Fax","Business Phone","Mobile Phone","Birthday","Categories","E-mail Address","E-mail Type","E-mail 2 Address","Office Location","Web Page","Anniversary","Gender"
"Ada","","Lovelace","Dr.","","Müller, AG","Sales","Head","Ring 1","Tor 2","Köln","NRW","50667","Germany","+49 9","+49 1","+49 2","12/10/1990","Partner;VIP","Ada@muster.example","SMTP","ada2@muster.example","B 2","https://a.example","0/0/00","Unspecified"
`, ada},
		"Outlook, German": {`Anrede;Vorname;Weitere Vornamen;Nachname;Suffix;Firma;Abteilung;Position;Straße geschäftlich;Straße geschäftlich 2;Ort geschäftlich;Region geschäftlich;Postleitzahl geschäftlich;Land/Region geschäftlich;Fax geschäftlich;Telefon geschäftlich;Mobiltelefon;Geburtstag;Kategorien;E-Mail-Adresse;E-Mail-Typ;E-Mail 2: Adresse;Büro;Webseite
Dr.;Ada;;Lovelace;;Müller, AG;Sales;Head;Ring 1;Tor 2;Köln;NRW;50667;Germany;+49 9;+49 1;+49 2;10.12.1990;Partner;Ada@muster.example;SMTP;ada2@muster.example;B 2;https://a.example
`, func() card.Card { c := ada; c.Categories = []string{"Partner"}; return c }()},
		"Google": {`First Name,Middle Name,Last Name,Name Prefix,Name Suffix,Organization Name,Organization Title,Organization Department,Birthday,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value,Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - Region,Address 1 - Postal Code,Address 1 - Country,Address 1 - Extended Address,Website 1 - Value
Ada,,Lovelace,Dr.,,"Müller, AG",Head,Sales,1990-12-10,,* myContacts ::: Partner,* Work,Ada@muster.example ::: ada2@muster.example,Work Fax,+49 9,Mobile,+49 2 ::: +49 3,Work,"all of it",Ring 1,Köln,NRW,50667,Germany,Tor 2,https://a.example
`, func() card.Card {
			c := ada
			c.Categories, c.Office = []string{"Partner"}, ""
			c.Phones = []card.Phone{{Use: card.BusinessFax, Number: "+49 9"}, {Use: card.Mobile, Number: "+49 2"}, {Use: card.Mobile, Number: "+49 3"}}
			return c
		}()},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := Table("a.csv", []byte(x.text))
			if diff := cmp.Diff(map[string]card.Card{"ada@muster.example": x.want}, cardsOf(t, all, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTableInEachWriting(t *testing.T) {
	const plain = "Vorname;Nachname;E-Mail-Adresse\r\nJürgen;Öz;j@x.example\r\n"
	windows, _ := charmap.Windows1252.NewEncoder().String(plain)
	little, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(plain)
	big, _ := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(plain)
	for name, text := range map[string]string{
		"UTF-8": plain, "UTF-8 with a mark": "\ufeff" + plain, "Windows": windows, "UTF-16 little": little, "UTF-16 big, no mark": big,
		"tabs": strings.ReplaceAll(plain, ";", "\t"), "commas": strings.ReplaceAll(plain, ";", ","), "announced": "sep=;\r\n" + plain,
	} {
		all, err := Table("a.csv", []byte(text))
		if c := cardsOf(t, all, err)["j@x.example"]; c.First != "Jürgen" || c.Last != "Öz" {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestIDsStayTheSame(t *testing.T) {
	all, err := Table("a.csv", []byte("ID,Name,Email,Title\n7,Ada,a@x.example,Head\n,Bob,B@x.example,\n,Cid Cantor,,\n,,,\n"))
	found := cardsOf(t, all, err)
	if len(found) != 3 || found["7"].Title != "Head" || found["b@x.example"].Display != "Bob" || found["name:cid cantor"].Display == "" {
		t.Errorf("%+v", found)
	}
}

// A mistake is named with its place, and nothing of the file is taken.
func TestMistakesHaveTheirPlace(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "a.csv:1:1: the file is empty",
		"Shoe,Hat\n1,2\n":                        "a.csv:1:1: no column is known",
		"Name,Email\nAda,a@x.example\nBob,bob\n": `a.csv:3:5: "bob" is no mail address`,
		"Name,Email\nAda,a@x.example\nBob,A@x.example\n": "a.csv:3:1: the contact is the one of row 2 again",
		"Name,Email\nAda,a@x.example,more\n":             "a.csv:2:17: the row has more cells",
		"Name,Email\n\"Ada,a@x.example\n":                "a.csv:2:18: the row cannot be read",
		"Name,Birthday\nAda,soon\n":                      `a.csv:2:5: "soon" is no day`,
		"Name,Phone\n,123\n":                             "a.csv:2:1: the contact has neither",
		"Name\nA\x00da\n":                                "a.csv:2:1: this is no text",
	} {
		all, err := Table("a.csv", []byte(text))
		if !fault.Is(err, fault.Invalid) || !strings.HasPrefix(err.Error(), want) || all != nil {
			t.Errorf("%q: %v, %d entries", text, err, len(all))
		}
	}
	for text, want := range map[string]string{
		"":                      "a.vcf:1:1: the file is empty",
		"hello\n":               "a.vcf:1:1: a card begins with",
		"BEGIN:VCARD\nFN:Ada\n": "a.vcf:1:1: the card has no END:VCARD",
		"BEGIN:VCARD\nVERSION:2.1\nFN:Ada\nEND:VCARD\n":                    `a.vcf:1:1: the card is of version "2.1"`,
		"\nBEGIN:VCARD\nVERSION:3.0\nFN\nEND:VCARD\n":                      "a.vcf:4:1: the line has no value",
		"BEGIN:VCARD\nVERSION:3.0\nFN:A\nEMAIL:nobody\nEND:VCARD\n":        "a.vcf:1:1: \"nobody\" is no mail",
		"BEGIN:VCARD\nVERSION:3.0\nFN:A\nBEGIN:VCARD\nEND:VCARD\n":         "a.vcf:4:1: the card of row 1",
		"BEGIN:VCARD\nVERSION:3.0\nFN:A\nPHOTO;ENCODING=b:!!\nEND:VCARD\n": "a.vcf:1:1: the photo is not written in base64",
	} {
		all, err := Cards("a.vcf", []byte(text))
		if !fault.Is(err, fault.Invalid) || !strings.HasPrefix(err.Error(), want) || all != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestBounds(t *testing.T) {
	var rows bytes.Buffer
	rows.WriteString("ID,Name\n")
	for i := range mostRows + 1 {
		fmt.Fprintf(&rows, "%d,x\n", i)
	}
	for what, text := range map[string]string{
		"rows": rows.String(), "cell": "Name\n" + strings.Repeat("x", mostCell+1), "columns": strings.Repeat("Name,", mostColumns) + "Name\n",
	} {
		if _, err := Table("a.csv", []byte(text)); !fault.Is(err, fault.TooLarge) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := Cards("a.vcf", []byte("BEGIN:VCARD\nVERSION:4.0\nNOTE:"+strings.Repeat("x", mostCell+1)+"\nEND:VCARD\n")); !fault.Is(err, fault.TooLarge) {
		t.Errorf("a long value: %v", err)
	}
}

func TestCards(t *testing.T) {
	photo := base64.StdEncoding.EncodeToString([]byte("a photo"))
	all, err := Cards("a.vcf", []byte(strings.ReplaceAll(`BEGIN:VCARD
VERSION:3.0
UID:urn:uuid:1234
N:Lovelace;Ada;King;Dr.;
FN:Dr. Ada Lovelace
ORG:Muster\; Söhne;Sales
TITLE:Head
item1.EMAIL;TYPE=INTERNET,WORK:ada@muster.example
TEL;TYPE=WORK,VOICE:+49 1
TEL;TYPE=CELL:+49 2
TEL;TYPE=HOME,FAX:+49 3
ADR;TYPE=WORK:;Tor 2;Ring 1;Köln;NRW;50667;Germany
BDAY:19901210
NOTE:one\ntwo\, and a
  folded end
CATEGORIES:Partner,VIP
PHOTO;ENCODING=b;TYPE=JPEG:`+photo+`
END:VCARD

BEGIN:VCARD
VERSION:4.0
FN:Bob Boole
EMAIL:bob@x.example
TEL;VALUE=uri;TYPE="cell":tel:+49-2
BDAY:--1210
PHOTO:data:image/jpeg;base64,`+photo+`
END:VCARD
BEGIN:VCARD
VERSION:4.0
KIND:group
FN:All
END:VCARD
`, "\n", "\r\n")))
	found := cardsOf(t, all, err)
	want := map[string]card.Card{
		"1234": {
			Prefix: "Dr.", First: "Ada", Middle: "King", Last: "Lovelace", Display: "Dr. Ada Lovelace", Company: "Muster; Söhne", Department: "Sales", Title: "Head",
			Emails:    []card.Email{{Address: "ada@muster.example"}},
			Phones:    []card.Phone{{Use: card.Business, Number: "+49 1"}, {Use: card.Mobile, Number: "+49 2"}, {Use: card.HomeFax, Number: "+49 3"}},
			Addresses: []card.Address{{Use: card.Business, Street: "Ring 1\nTor 2", City: "Köln", Region: "NRW", Code: "50667", Country: "Germany"}},
			Birthday:  "1990-12-10", Note: "one\ntwo, and a folded end", Categories: []string{"Partner", "VIP"},
		},
		"bob@x.example": {Display: "Bob Boole", Emails: []card.Email{{Address: "bob@x.example"}}, Phones: []card.Phone{{Use: card.Mobile, Number: "+49-2"}}, Birthday: "--12-10"},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
	for _, e := range all {
		if string(e.Photo) != "a photo" {
			t.Errorf("the photo of %s is %q", e.ID, e.Photo)
		}
	}
}

// A photo is written in lines of 75 characters: joining them costs as much as they
// are long, no more.
func TestLongPhotosAreJoinedAtOnce(t *testing.T) {
	photo := bytes.Repeat([]byte("photo"), mostPhoto/8)
	var file bytes.Buffer
	file.WriteString("BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nPHOTO;ENCODING=b:")
	text := base64.StdEncoding.EncodeToString(photo)
	for len(text) > 74 {
		file.WriteString("\n " + text[:74])
		text = text[74:]
	}
	file.WriteString("\n " + text + "\nEND:VCARD\n")
	all, err := Cards("a.vcf", file.Bytes())
	if err != nil || len(all) != 1 || !bytes.Equal(all[0].Photo, photo) {
		t.Fatalf("%d cards, %v", len(all), err)
	}
	if joins := testing.AllocsPerRun(1, func() { _, _ = Cards("a.vcf", file.Bytes()) }); joins > 10_000 {
		t.Errorf("%.0f allocations", joins)
	}
}

// Whatever a file holds, it is read or refused, and each contact has an id of its
// own.
func FuzzFile(f *testing.F) {
	f.Add([]byte("sep=;\nVorname;E-Mail-Adresse\nAda;a@x.example\n"))
	f.Add([]byte("First Name,Phone 1 - Label,Phone 1 - Value,Address 1 - Street\nAda,Work,1 ::: 2,Ring\n"))
	f.Add([]byte("BEGIN:VCARD\nVERSION:4.0\nUID:1\nN:a;b\\;c\nADR;TYPE=home:;;a;b\nPHOTO:data:image/png;base64,AAAA\nEND:VCARD\n"))
	f.Add([]byte("\xff\xfeN\x00a\x00m\x00e\x00\n\x00A\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, read := range []func(string, []byte) ([]Entry, error){Table, Cards} {
			all, err := read("f", raw)
			if err != nil && (all != nil || fault.KindOf(err) == fault.Internal) {
				t.Fatalf("%d entries and %v", len(all), err)
			}
			ids := map[string]bool{}
			for _, e := range all {
				if e.ID == "" || ids[e.ID] {
					t.Fatalf("the id %q is empty or there twice", e.ID)
				}
				ids[e.ID] = true
			}
		}
	})
}

func BenchmarkTable(b *testing.B) {
	var rows bytes.Buffer
	rows.WriteString("ID;Vorname;Nachname;Firma;E-Mail-Adresse;Mobiltelefon;Telefon;Ort;Postleitzahl;Straße\n")
	for i := range 10_000 {
		fmt.Fprintf(&rows, "%d;Ada;Lovelace;Muster GmbH;ada%d@muster.example;+49 170 1;+49 611 1;Wiesbaden;65183;Ring 1\n", i, i)
	}
	b.SetBytes(int64(rows.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if all, err := Table("a.csv", rows.Bytes()); err != nil || len(all) != 10_000 {
			b.Fatal(err)
		}
	}
}
