package ewstest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

const (
	soapSpace     = "http://schemas.xmlsoap.org/soap/envelope/"
	messagesSpace = "http://schemas.microsoft.com/exchange/services/2006/messages"
	typesSpace    = "http://schemas.microsoft.com/exchange/services/2006/types"
	errorsSpace   = "http://schemas.microsoft.com/exchange/services/2006/errors"
)

// node is an element of a request. A nil node has nothing in it.
type node struct {
	space, name string
	attrs       map[string]string
	text        string
	inner       []*node
}

// parse reads a document into a tree.
func parse(text []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	top := &node{}
	open := []*node{top}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		last := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			n := &node{space: token.Name.Space, name: token.Name.Local, attrs: map[string]string{}}
			for _, a := range token.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			last.inner = append(last.inner, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			last.text += string(token)
		}
	}
	envelope := top.first()
	if envelope == nil || envelope.name != "Envelope" || envelope.space != soapSpace {
		return nil, errors.New("the document is no SOAP envelope")
	}
	return envelope, nil
}

// at returns the element at a path, nil if there is none.
func (n *node) at(path ...string) *node {
	for _, name := range path {
		var found *node
		for _, x := range n.all() {
			if x.name == name && found == nil {
				found = x
			}
		}
		n = found
	}
	return n
}

func (n *node) all() []*node {
	if n == nil {
		return nil
	}
	return n.inner
}

func (n *node) first() *node {
	if all := n.all(); len(all) > 0 {
		return all[0]
	}
	return nil
}

func (n *node) attr(name string) string {
	if n == nil {
		return ""
	}
	return n.attrs[name]
}

func (n *node) says() string {
	if n == nil {
		return ""
	}
	return n.text
}

func quoted(text string) string {
	var out strings.Builder
	_ = xml.EscapeText(&out, []byte(text)) // a builder takes everything
	return out.String()
}

// answer is what became of one thing that a request asked for: a code if it was
// refused, else what stands in its message.
type answer struct {
	code   string
	values string
	inner  string
}

func refused(code string) answer { return answer{code: code} }

// write answers a request.
func write(w http.ResponseWriter, op string, all []answer) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	fmt.Fprintf(w, `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="%s"><s:Header><h:ServerVersionInfo MajorVersion="15" MinorVersion="1" MajorBuildNumber="2507" MinorBuildNumber="6" Version="V2017_07_11" xmlns:h="%s"/></s:Header><s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><m:%sResponse xmlns:m="%s" xmlns:t="%s"><m:ResponseMessages>`,
		soapSpace, typesSpace, op, messagesSpace, typesSpace)
	for _, a := range all {
		if a.code != "" {
			code, _, _ := strings.Cut(a.code, ": ")
			fmt.Fprintf(w, `<m:%sResponseMessage ResponseClass="Error"><m:MessageText>%s</m:MessageText><m:ResponseCode>%s</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>%s%s</m:%sResponseMessage>`,
				op, quoted(codeText(a.code)), code, a.values, hollow(op), op)
			continue
		}
		fmt.Fprintf(w, `<m:%sResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>%s</m:%sResponseMessage>`, op, a.inner, op)
	}
	fmt.Fprintf(w, `</m:ResponseMessages></m:%sResponse></s:Body></s:Envelope>`, op)
}

// hollow is what stands in a refusal in the place of what was asked for.
func hollow(op string) string {
	switch op {
	case "CreateItem", "UpdateItem", "GetItem":
		return "<m:Items/>"
	case "CreateFolder", "GetFolder":
		return "<m:Folders/>"
	}
	return ""
}
