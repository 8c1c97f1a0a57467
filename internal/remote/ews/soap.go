package ews

import (
	"encoding/xml"
)

// The namespaces of the service. Elements of requests are written with the prefixes
// that the documentation uses: s, m and t.
const (
	soapSpace     = "http://schemas.xmlsoap.org/soap/envelope/"
	messagesSpace = "http://schemas.microsoft.com/exchange/services/2006/messages"
	typesSpace    = "http://schemas.microsoft.com/exchange/services/2006/types"
)

// version is the service's version that requests are written in: the first that has
// all that we ask for, so that every later server takes them.
const version = "Exchange2010_SP2"

// element is a part of a request. The schema prescribes the order of elements.
type element struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Inner   []element
}

// el returns an element with others in it.
func el(name string, inner ...element) element {
	return element{XMLName: xml.Name{Local: name}, Inner: inner}
}

// with returns the element with attributes, given as name and value in turn.
func (e element) with(pairs ...string) element {
	for i := 0; i < len(pairs); i += 2 {
		e.Attrs = append(e.Attrs, xml.Attr{Name: xml.Name{Local: pairs[i]}, Value: pairs[i+1]})
	}
	return e
}

// says returns an element with text.
func says(name, text string) element {
	return element{XMLName: xml.Name{Local: name}, Text: text}
}

// envelope writes a request of the account for a mailbox.
func envelope(mailbox string, request element) ([]byte, error) {
	header := el("s:Header",
		el("t:RequestServerVersion").with("Version", version),
		el("t:ExchangeImpersonation", el("t:ConnectingSID", says("t:SmtpAddress", mailbox))),
	)
	whole := el("s:Envelope", header, el("s:Body", request)).with("xmlns:s", soapSpace, "xmlns:m", messagesSpace, "xmlns:t", typesSpace)
	text, err := xml.Marshal(whole)
	return append([]byte(xml.Header), text...), err
}

// reply is an answer, read without regard to prefixes.
type reply struct {
	Body struct {
		Fault *refusal `xml:"Fault"`
		// Any is the answer to the one operation that was asked for.
		Any struct {
			Messages struct {
				All []message `xml:",any"`
			} `xml:"ResponseMessages"`
		} `xml:",any"`
	} `xml:"Body"`
}

// refusal is a SOAP fault.
type refusal struct {
	String string `xml:"faultstring"`
	Detail struct {
		Code   string     `xml:"ResponseCode"`
		Text   string     `xml:"Message"`
		Values valuesText `xml:"MessageXml"`
	} `xml:"detail"`
}

type valuesText struct {
	All []struct {
		Name string `xml:"Name,attr"`
		Text string `xml:",chardata"`
	} `xml:"Value"`
}

// named returns the value of a name.
func (v valuesText) named(name string) string {
	for _, x := range v.All {
		if x.Name == name {
			return x.Text
		}
	}
	return ""
}

// message is what became of one thing that a request asked for.
type message struct {
	Class   string     `xml:"ResponseClass,attr"`
	Code    string     `xml:"ResponseCode"`
	Text    string     `xml:"MessageText"`
	Values  valuesText `xml:"MessageXml"`
	Items   []contact  `xml:"Items>Contact"`
	Folders []folder   `xml:"Folders>ContactsFolder"`
	Files   []struct {
		Content string `xml:"Content"`
	} `xml:"Attachments>FileAttachment"`
	Root struct {
		Next     int       `xml:"IndexedPagingOffset,attr"`
		Total    int       `xml:"TotalItemsInView,attr"`
		Last     bool      `xml:"IncludesLastItemInRange,attr"`
		Items    []contact `xml:"Items>Contact"`
		Contacts []folder  `xml:"Folders>ContactsFolder"`
	} `xml:"RootFolder"`
	SyncState string `xml:"SyncState"`
	Complete  bool   `xml:"IncludesLastItemInRange"`
	Changes   struct {
		Created []change `xml:"Create"`
		Updated []change `xml:"Update"`
		Deleted []change `xml:"Delete"`
	} `xml:"Changes"`
}

type change struct {
	Contact *contact `xml:"Contact"`
	ID      itemID   `xml:"ItemId"`
}

type itemID struct {
	ID  string `xml:"Id,attr"`
	Key string `xml:"ChangeKey,attr"`
}

type folder struct {
	ID   itemID `xml:"FolderId"`
	Name string `xml:"DisplayName"`

	Items   *int `xml:"TotalCount"`
	Folders *int `xml:"ChildFolderCount"`
}
