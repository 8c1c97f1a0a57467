package ewstest

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// mostAttached is what an attachment may have, in bytes.
const mostAttached = 10 << 20

func (b *mailbox) attach(s *Server, request, n *node) answer {
	it := b.items[request.at("ParentItemId").attr("Id")]
	content, err := base64.StdEncoding.DecodeString(n.at("Content").says())
	photo := n.at("IsContactPhoto").says() == "true"
	switch {
	case it == nil:
		return refused("ErrorItemNotFound")
	case err != nil:
		return refused("ErrorSchemaValidation: The 'Content' element is invalid.")
	case len(content) > mostAttached:
		return refused("ErrorAttachmentSizeLimitExceeded")
	case photo && (len(content) < 3 || content[0] != 0xff || content[1] != 0xd8):
		return refused("ErrorInvalidImageType")
	}
	f := file{id: s.id('a'), name: n.at("Name").says(), kind: n.at("ContentType").says(), photo: photo, content: content}
	it.files = append(it.files, f)
	b.changed(s, it)
	return answer{inner: fmt.Sprintf(`<m:Attachments><t:FileAttachment><t:AttachmentId Id="%s" RootItemId="%s" RootItemChangeKey="%s"/></t:FileAttachment></m:Attachments>`, f.id, it.id, it.key)}
}

func (it *item) attached() string {
	var out strings.Builder
	for _, f := range it.files {
		fmt.Fprintf(&out, `<t:FileAttachment><t:AttachmentId Id="%s"/><t:Name>%s</t:Name><t:ContentType>%s</t:ContentType><t:Size>%d</t:Size><t:IsInline>false</t:IsInline><t:IsContactPhoto>%t</t:IsContactPhoto></t:FileAttachment>`,
			f.id, quoted(f.name), quoted(f.kind), len(f.content), f.photo)
	}
	return out.String()
}

func (b *mailbox) file(id string) (*item, int) {
	for _, it := range b.order {
		if i := slices.IndexFunc(it.files, func(f file) bool { return f.id == id }); i >= 0 {
			return it, i
		}
	}
	return nil, 0
}

func (b *mailbox) getAttachment(n *node) answer {
	it, i := b.file(n.attr("Id"))
	if it == nil {
		return refused("ErrorItemNotFound")
	}
	f := it.files[i]
	return answer{inner: fmt.Sprintf(`<m:Attachments><t:FileAttachment><t:AttachmentId Id="%s"/><t:Name>%s</t:Name><t:ContentType>%s</t:ContentType><t:IsContactPhoto>%t</t:IsContactPhoto><t:Content>%s</t:Content></t:FileAttachment></m:Attachments>`,
		f.id, quoted(f.name), quoted(f.kind), f.photo, base64.StdEncoding.EncodeToString(f.content))}
}

func (b *mailbox) detach(s *Server, n *node) answer {
	it, i := b.file(n.attr("Id"))
	if it == nil {
		return refused("ErrorItemNotFound")
	}
	it.files = slices.Delete(it.files, i, i+1)
	b.changed(s, it)
	return answer{inner: fmt.Sprintf(`<m:RootItemId RootItemId="%s" RootItemChangeKey="%s"/>`, it.id, it.key)}
}
