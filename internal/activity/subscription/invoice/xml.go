package invoice

import (
	"bytes"
	"encoding/xml"
)

// node is an element of a structured invoice. The zero node is none: what is not known
// leaves no empty element behind.
type node struct {
	name  string
	attrs []xml.Attr
	text  string
	kids  []node
}

func (n node) none() bool { return n.name == "" }

// is is an element that holds a text, none without one; pairs are its attributes.
func is(name, text string, pairs ...string) node {
	if text == "" {
		return node{}
	}
	n := node{name: name, text: text}
	for i := 0; i+1 < len(pairs); i += 2 {
		n.attrs = append(n.attrs, xml.Attr{Name: xml.Name{Local: pairs[i]}, Value: pairs[i+1]})
	}
	return n
}

// has is an element that holds others, none without any.
func has(name string, kids ...node) node {
	n := node{name: name}
	for _, k := range kids {
		if !k.none() {
			n.kids = append(n.kids, k)
		}
	}
	if len(n.kids) == 0 {
		return node{}
	}
	return n
}

// document writes a tree as a file. A text cannot break out of its element: the encoder
// escapes it.
func (n node) document() []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", " ")
	if err := n.write(e); err != nil { // a buffer takes everything, and the names are ours
		panic(err)
	}
	if err := e.Close(); err != nil {
		panic(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func (n node) write(e *xml.Encoder) error {
	start := xml.StartElement{Name: xml.Name{Local: n.name}, Attr: n.attrs}
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	if n.text != "" {
		if err := e.EncodeToken(xml.CharData(n.text)); err != nil {
			return err
		}
	}
	for _, k := range n.kids {
		if err := k.write(e); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}
