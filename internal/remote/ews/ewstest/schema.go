package ewstest

import (
	"slices"
	"strings"
	"time"
)

// sequence is the order in which the schema wants what stands in an element; an
// element that is not listed takes anything.
var sequence = map[string][]string{
	"Contact": contactOrder(),
	"Entry":   {"Street", "City", "State", "CountryOrRegion", "PostalCode"},
	"ContactsFolder": {
		"FolderId", "ParentFolderId", "FolderClass", "DisplayName", "TotalCount", "ChildFolderCount", "ExtendedProperty",
	},
	"FileAttachment":   {"AttachmentId", "Name", "ContentType", "ContentId", "ContentLocation", "Size", "LastModifiedTime", "IsInline", "IsContactPhoto", "Content"},
	"ExtendedProperty": {"ExtendedFieldURI", "Value", "Values"},
	"ItemShape":        {"BaseShape", "IncludeMimeContent", "BodyType", "FilterHtmlContent", "ConvertHtmlCodePageToUTF8", "AdditionalProperties"},
	"FolderShape":      {"BaseShape", "AdditionalProperties"},
	"ItemChange":       {"ItemId", "Updates"},
	"SetItemField":     {"FieldURI", "IndexedFieldURI", "ExtendedFieldURI", "Contact"},
	"DeleteItemField":  {"FieldURI", "IndexedFieldURI", "ExtendedFieldURI"},
	"CreateItem":       {"SavedItemFolderId", "Items"},
	"UpdateItem":       {"SavedItemFolderId", "ItemChanges"},
	"FindItem":         {"ItemShape", "IndexedPageItemView", "Restriction", "SortOrder", "ParentFolderIds", "QueryString"},
	"FindFolder":       {"FolderShape", "IndexedPageFolderView", "Restriction", "ParentFolderIds"},
	"CreateFolder":     {"ParentFolderId", "Folders"},
	"CreateAttachment": {"ParentItemId", "Attachments"},
	"SyncFolderItems":  {"ItemShape", "SyncFolderId", "SyncState", "Ignore", "MaxChangesReturned", "SyncScope"},
}

// required are attributes that elements must have.
var required = map[string]string{
	"FindItem": "Traversal", "FindFolder": "Traversal", "UpdateItem": "ConflictResolution", "DeleteItem": "DeleteType", "DeleteFolder": "DeleteType", "ItemId": "Id",
	"ExtendedFieldURI": "PropertyType", "FieldURI": "FieldURI", "IndexedFieldURI": "FieldIndex", "Entry": "Key",
}

// checked holds a request to the schema: "" if it keeps to it.
func checked(n *node) string {
	if name := required[n.name]; name != "" && n.attrs[name] == "" {
		return "ErrorSchemaValidation: The required attribute '" + name + "' is missing."
	}
	order, ordered := sequence[n.name]
	last := 0
	for _, x := range n.inner {
		at := slices.Index(order, x.name)
		if ordered && at < last {
			return "ErrorSchemaValidation: The element '" + n.name + "' has invalid child element '" + x.name + "'."
		}
		last = max(at, 0)
		if code := checked(x); code != "" {
			return code
		}
	}
	return ""
}

// part is an element of a contact.
type part struct {
	name string // in Contact
	uri  string // of it, or of its entries; "" if it cannot be written
	kind kind
	keys []string // that entries may have
}

type kind int

const (
	fixed kind = iota // the server's own
	text
	date
	strs
	property
	attachments
	entries
	places
)

var placeParts = []string{"Street", "City", "State", "CountryOrRegion", "PostalCode"}

// parts are the elements of a contact, in the order of the schema (ItemType, then
// ContactItemType).
var parts = []part{
	{"MimeContent", "", fixed, nil}, {"ItemId", "", fixed, nil}, {"ParentFolderId", "", fixed, nil}, {"ItemClass", "item:ItemClass", text, nil},
	{"Subject", "item:Subject", text, nil}, {"Sensitivity", "item:Sensitivity", text, nil}, {"Body", "item:Body", text, nil},
	{"Attachments", "item:Attachments", attachments, nil}, {"Categories", "item:Categories", strs, nil}, {"Importance", "item:Importance", text, nil},
	{"ReminderIsSet", "item:ReminderIsSet", text, nil}, {"ReminderMinutesBeforeStart", "item:ReminderMinutesBeforeStart", text, nil},
	{"HasAttachments", "", fixed, nil}, {"ExtendedProperty", "", property, nil}, {"Culture", "item:Culture", text, nil},
	{"LastModifiedTime", "", fixed, nil},
	{"FileAs", "contacts:FileAs", text, nil}, {"FileAsMapping", "contacts:FileAsMapping", text, nil}, {"DisplayName", "contacts:DisplayName", text, nil},
	{"GivenName", "contacts:GivenName", text, nil}, {"Initials", "contacts:Initials", text, nil}, {"MiddleName", "contacts:MiddleName", text, nil},
	{"Nickname", "contacts:Nickname", text, nil}, {"CompleteName", "", fixed, nil}, {"CompanyName", "contacts:CompanyName", text, nil},
	{"EmailAddresses", "contacts:EmailAddress", entries, []string{"EmailAddress1", "EmailAddress2", "EmailAddress3"}},
	{"PhysicalAddresses", "contacts:PhysicalAddress", places, []string{"Business", "Home", "Other"}},
	{"PhoneNumbers", "contacts:PhoneNumber", entries, []string{
		"AssistantPhone", "BusinessFax", "BusinessPhone", "BusinessPhone2", "Callback", "CarPhone", "CompanyMainPhone", "HomeFax", "HomePhone", "HomePhone2",
		"Isdn", "MobilePhone", "OtherFax", "OtherTelephone", "Pager", "PrimaryPhone", "RadioPhone", "Telex", "TtyTddPhone",
	}},
	{"AssistantName", "contacts:AssistantName", text, nil}, {"Birthday", "contacts:Birthday", date, nil}, {"BusinessHomePage", "contacts:BusinessHomePage", text, nil},
	{"Children", "contacts:Children", strs, nil}, {"Companies", "contacts:Companies", strs, nil}, {"Department", "contacts:Department", text, nil},
	{"Generation", "contacts:Generation", text, nil}, {"ImAddresses", "contacts:ImAddress", entries, []string{"ImAddress1", "ImAddress2", "ImAddress3"}},
	{"JobTitle", "contacts:JobTitle", text, nil}, {"Manager", "contacts:Manager", text, nil}, {"Mileage", "contacts:Mileage", text, nil},
	{"OfficeLocation", "contacts:OfficeLocation", text, nil}, {"PostalAddressIndex", "contacts:PostalAddressIndex", text, nil},
	{"Profession", "contacts:Profession", text, nil}, {"SpouseName", "contacts:SpouseName", text, nil}, {"Surname", "contacts:Surname", text, nil},
	{"WeddingAnniversary", "contacts:WeddingAnniversary", date, nil}, {"HasPicture", "", fixed, nil},
}

func contactOrder() []string {
	var all []string
	for _, p := range parts {
		all = append(all, p.name)
	}
	return all
}

// read reads the fields of a Contact, as changes name them, and refuses what the
// service refuses. Pictures in it are taken and lost.
func read(n *node) (fields map[string]string, code string) {
	fields = map[string]string{}
	for _, x := range n.all() {
		p := parts[slices.IndexFunc(parts, func(p part) bool { return p.name == x.name })]
		switch p.kind {
		case fixed:
			return nil, "ErrorInvalidPropertySet: " + x.name
		case date:
			if _, err := time.Parse(time.RFC3339, x.text); err != nil {
				return nil, "ErrorSchemaValidation: The '" + x.name + "' element is invalid."
			}
			fields[p.uri] = x.text
		case strs:
			var lines []string
			for _, s := range x.inner {
				lines = append(lines, s.text)
			}
			fields[p.uri] = strings.Join(lines, "\n")
		case property:
			fields[propertyKey(x.at("ExtendedFieldURI"))] = x.at("Value").says()
		case entries, places:
			for _, e := range x.inner {
				if !slices.Contains(p.keys, e.attrs["Key"]) {
					return nil, "ErrorSchemaValidation: The 'Key' attribute is invalid."
				}
				if p.kind == entries {
					fields[p.uri+"/"+e.attrs["Key"]] = e.text
				}
				for _, y := range e.inner {
					fields[p.uri+":"+y.name+"/"+e.attrs["Key"]] = y.text
				}
			}
		case text:
			fields[p.uri] = x.text
		}
	}
	return fields, ""
}

// key is how a field is named that a request names.
func key(n *node) string {
	switch n.name {
	case "IndexedFieldURI":
		return n.attrs["FieldURI"] + "/" + n.attrs["FieldIndex"]
	case "ExtendedFieldURI":
		return propertyKey(n)
	}
	return n.attrs["FieldURI"]
}

func propertyKey(n *node) string {
	if tag := n.attr("PropertyTag"); tag != "" {
		return "tag:" + strings.ToLower(tag)
	}
	return "property:{" + strings.ToLower(strings.Trim(n.attr("PropertySetId"), "{}")) + "}" + n.attr("PropertyName")
}
