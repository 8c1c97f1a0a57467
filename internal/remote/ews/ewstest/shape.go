package ewstest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// shown is a contact in a shape. Searches show neither the body nor attachments.
func (it *item) shown(shape *node, whole bool) string {
	asked := map[string]bool{}
	for _, n := range shape.at("AdditionalProperties").all() {
		asked[key(n)] = true
	}
	everything := shape.at("BaseShape").says() == "AllProperties"
	wants := func(uri string) bool { return asked[uri] || everything }
	var out strings.Builder
	out.WriteString("<t:Contact>" + it.ref())
	for _, p := range parts {
		if !whole && (p.name == "Body" || p.name == "Attachments") {
			continue
		}
		out.WriteString(it.part(p, wants, asked))
	}
	return out.String() + "</t:Contact>"
}

func (it *item) part(p part, wants func(string) bool, asked map[string]bool) string {
	value, has := it.fields[p.uri]
	switch {
	case p.name == "HasPicture" && wants("contacts:HasPicture"):
		return fmt.Sprintf("<t:HasPicture>%t</t:HasPicture>", slices.ContainsFunc(it.files, func(f file) bool { return f.photo }))
	case p.name == "LastModifiedTime" && wants("item:LastModifiedTime"):
		return "<t:LastModifiedTime>" + it.when.UTC().Format(time.RFC3339) + "</t:LastModifiedTime>"
	case p.name == "Body" && has && wants(p.uri):
		return `<t:Body BodyType="Text">` + quoted(value) + "</t:Body>"
	case p.kind == text && has && wants(p.uri), p.kind == date && has && wants(p.uri):
		return "<t:" + p.name + ">" + quoted(value) + "</t:" + p.name + ">"
	case p.kind == strs && has && wants(p.uri):
		return wrapped(p.name, "<t:String>"+strings.ReplaceAll(quoted(value), "&#xA;", "</t:String><t:String>")+"</t:String>")
	case p.kind == property:
		return it.properties(asked)
	case p.kind == attachments && len(it.files) > 0 && wants(p.uri):
		return wrapped(p.name, it.attached())
	case p.kind == entries:
		return wrapped(p.name, it.entries(p, wants))
	case p.kind == places:
		return wrapped(p.name, it.places(p, wants))
	}
	return ""
}

func wrapped(name, inner string) string {
	if inner == "" {
		return ""
	}
	return "<t:" + name + ">" + inner + "</t:" + name + ">"
}

func (it *item) properties(asked map[string]bool) string {
	var out strings.Builder
	for field, value := range it.fields {
		if !asked[field] {
			continue
		}
		uri := ""
		if tag, ok := strings.CutPrefix(field, "tag:"); ok {
			uri = `PropertyTag="` + tag + `"`
		} else if rest, ok := strings.CutPrefix(field, "property:{"); ok {
			set, name, _ := strings.Cut(rest, "}")
			uri = fmt.Sprintf(`PropertySetId="%s" PropertyName="%s"`, set, quoted(name))
		} else {
			continue
		}
		fmt.Fprintf(&out, `<t:ExtendedProperty><t:ExtendedFieldURI %s PropertyType="String"/><t:Value>%s</t:Value></t:ExtendedProperty>`, uri, quoted(value))
	}
	return out.String()
}

func (it *item) entries(p part, wants func(string) bool) string {
	var out strings.Builder
	for _, k := range p.keys {
		if value, has := it.fields[p.uri+"/"+k]; has && wants(p.uri+"/"+k) {
			fmt.Fprintf(&out, `<t:Entry Key="%s">%s</t:Entry>`, k, quoted(value))
		}
	}
	return out.String()
}

func (it *item) places(p part, wants func(string) bool) string {
	var out strings.Builder
	for _, k := range p.keys {
		inner := ""
		for _, name := range placeParts {
			if value, has := it.fields[p.uri+":"+name+"/"+k]; has && wants(p.uri+":"+name+"/"+k) {
				inner += "<t:" + name + ">" + quoted(value) + "</t:" + name + ">"
			}
		}
		if inner != "" {
			out.WriteString(`<t:Entry Key="` + k + `">` + inner + "</t:Entry>")
		}
	}
	return out.String()
}
