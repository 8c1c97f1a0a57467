package ewstest

import (
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kept/internal/clock"
)

// Server is an Exchange server with its accounts and mailboxes.
type Server struct {
	Clock   clock.Clock
	Latency time.Duration // of every call

	mu       sync.Mutex
	accounts map[string]*account // by DOMAIN\name in lower case
	boxes    map[string]*mailbox
	offers   []string
	let      map[string]string // connections that NTLM let in, by their other end
	asked    map[string][]byte // challenges of connections
	busy     func(op string) (code string, wait time.Duration)
	broken   func(op string) int
	counts   map[string]int
	made     int
}

type account struct {
	name, password string
	may            map[string]bool // mailboxes it may act for; nil: all
}

// New returns a server without accounts, which offers Basic and NTLM.
func New(c clock.Clock) *Server {
	return &Server{
		Clock: c, accounts: map[string]*account{}, boxes: map[string]*mailbox{}, offers: []string{"Basic", "NTLM"},
		let: map[string]string{}, asked: map[string][]byte{}, counts: map[string]int{},
	}
}

// Account lets an account in, by its name with its domain (MUSTER\svc). It may act
// for every mailbox.
func (s *Server) Account(name, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[strings.ToLower(name)] = &account{name: name, password: password}
}

// Restrict limits for whom an account may act, as a scope of the role
// ApplicationImpersonation does.
func (s *Server) Restrict(name string, mailboxes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	may := map[string]bool{}
	for _, m := range mailboxes {
		may[strings.ToLower(m)] = true
	}
	s.accounts[strings.ToLower(name)].may = may
}

// Offer says how accounts may prove themselves: Basic, NTLM, Negotiate.
func (s *Server) Offer(schemes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offers = schemes
}

// Mailbox makes an empty mailbox.
func (s *Server) Mailbox(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.boxes[strings.ToLower(address)] = s.newMailbox()
}

// Busy has calls, and things within them, refused for the rate where decide returns a
// code: ErrorServerBusy with a wait, ErrorTooManyObjectsOpened. It is asked once for
// every call (its operation) and once for every contact that is written ("contact").
func (s *Server) Busy(decide func(op string) (code string, wait time.Duration)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = decide
}

// Break has calls answered with a status where decide returns one; those that write
// are carried out before: a connection that breaks behind the work.
func (s *Server) Break(decide func(op string) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = decide
}

// Expire makes every token of SyncFolderItems void, as a move of the mailbox does.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.boxes {
		b.generation++
	}
}

// Counts returns how often which operation was called since the last time, answers
// 401 under "401".
func (s *Server) Counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := s.counts
	s.counts = map[string]int{}
	return counts
}

// id returns an id as the server makes them: long, and alike but for the end. The
// lock is held.
func (s *Server) id(kind byte) string {
	s.made++
	raw := make([]byte, 0, 110)
	raw = append(raw, "\x00\x24\x00"...)
	raw = append(raw, strings.Repeat("mailbox-guid-store-entry", 3)...)
	raw = append(raw, kind)
	for shift := 24; shift >= 0; shift -= 8 {
		raw = append(raw, byte(s.made>>shift))
	}
	return base64.StdEncoding.EncodeToString(append(raw, 0, 0))
}

func (s *Server) key() string {
	s.made++
	return "EQAAABYAAAA" + strconv.FormatInt(int64(s.made), 36)
}

// mostRequest is what a request may have, in bytes (the documented 35 MB).
const mostRequest = 35 << 20

// ServeHTTP answers /EWS/Exchange.asmx.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.URL.Path, "/EWS/Exchange.asmx") || r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, mostRequest))
	if err != nil {
		http.Error(w, "broken", http.StatusBadRequest)
		return
	}
	in := s.authenticate(w, r)
	if in == nil {
		return
	}
	if s.Latency > 0 {
		_ = s.Clock.Sleep(r.Context(), s.Latency) // whoever left is answered all the same
	}
	envelope, err := parse(body)
	if err != nil {
		s.fault(w, "ErrorSchemaValidation", "The request failed schema validation: "+err.Error(), 0)
		return
	}
	s.answer(w, in, envelope)
}

// answer carries a request out within what the account may.
func (s *Server) answer(w http.ResponseWriter, in *account, envelope *node) {
	request := envelope.at("Body").first()
	if request == nil {
		s.fault(w, "ErrorSchemaValidation", "The request failed schema validation: there is no operation.", 0)
		return
	}
	s.mu.Lock()
	box, code := s.acts(in, envelope.at("Header"))
	if code == "" {
		code = checked(request)
	}
	var wait time.Duration
	if code == "" && s.busy != nil {
		code, wait = s.busy(request.name)
	}
	if code != "" {
		s.counts[code]++
		s.mu.Unlock()
		s.fault(w, code, codeText(code), wait)
		return
	}
	s.counts[request.name]++
	status := 0
	if s.broken != nil {
		status = s.broken(request.name)
	}
	reads := strings.HasPrefix(request.name, "Get") || strings.HasPrefix(request.name, "Find") || strings.HasPrefix(request.name, "Sync")
	var said []answer
	known := true
	if status == 0 || !reads {
		said, known = s.carryOut(box, request)
	}
	s.mu.Unlock()
	switch {
	case status != 0:
		http.Error(w, "The web server before the service failed.", status)
	case !known:
		s.fault(w, "ErrorInvalidRequest", "The request is invalid.", 0)
	default:
		write(w, request.name, said)
	}
}

// acts returns the mailbox that a call is for. The lock is held.
func (s *Server) acts(in *account, header *node) (*mailbox, string) {
	who := header.at("ExchangeImpersonation", "ConnectingSID").first()
	if who == nil {
		return nil, "ErrorMissingEmailAddress" // the service account has no mailbox
	}
	address := strings.ToLower(strings.TrimSpace(who.text))
	if in.may != nil && !in.may[address] {
		return nil, "ErrorImpersonateUserDenied"
	}
	box := s.boxes[address]
	if box == nil {
		return nil, "ErrorNonExistentMailbox"
	}
	return box, ""
}

var texts = map[string]string{
	"ErrorImpersonateUserDenied":   "The account does not have permission to impersonate the requested user.",
	"ErrorNonExistentMailbox":      "The SMTP address has no mailbox associated with it.",
	"ErrorServerBusy":              "The server cannot service this request right now. Try again later.",
	"ErrorTooManyObjectsOpened":    "Too many concurrent connections opened.",
	"ErrorExceededConnectionCount": "You have exceeded the available concurrent connections for your account.",
	"ErrorItemNotFound":            "The specified object was not found in the store.",
	"ErrorFolderNotFound":          "The specified folder could not be found in the store.",
	"ErrorFolderExists":            "A folder with the specified name already exists.",
	"ErrorInvalidSyncStateData":    "Synchronization state data is corrupt or otherwise invalid.",
	"ErrorSchemaValidation":        "The request failed schema validation.",
}

func codeText(code string) string {
	code, more, _ := strings.Cut(code, ": ")
	return strings.TrimSpace(texts[code] + " " + more)
}

// fault answers with a SOAP fault, as refusals of a whole call come.
func (s *Server) fault(w http.ResponseWriter, code, text string, wait time.Duration) {
	code, _, _ = strings.Cut(code, ": ")
	values := ""
	if code == "ErrorServerBusy" {
		values = fmt.Sprintf(`<t:MessageXml xmlns:t="%s"><t:Value Name="BackOffMilliseconds">%d</t:Value></t:MessageXml>`, typesSpace, wait.Milliseconds())
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="%s"><s:Body><s:Fault><faultcode xmlns:a="%s">a:%s</faultcode><faultstring xml:lang="en-US">%s</faultstring><detail><e:ResponseCode xmlns:e="%s">%s</e:ResponseCode><e:Message xmlns:e="%s">%s</e:Message>%s</detail></s:Fault></s:Body></s:Envelope>`,
		soapSpace, typesSpace, code, quoted(text), errorsSpace, code, errorsSpace, quoted(text), values)
}

// Contact is a contact as a test sees it. Fields are named as changes name them:
// contacts:GivenName, contacts:PhoneNumber/MobilePhone,
// contacts:PhysicalAddress:City/Home, item:Body.
type Contact struct {
	ID     string
	Folder string // name; "Contacts" is the usual one
	Fields map[string]string
	Photos [][]byte
}

// Mark returns the value of the contact's extended property with a name, "" without
// one.
func (c Contact) Mark() string {
	for field, text := range c.Fields {
		if strings.HasPrefix(field, "property:{") {
			return text
		}
	}
	return ""
}

// Contacts returns what is in a mailbox, folder by folder, oldest first.
func (s *Server) Contacts(address string) []Contact {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Contact
	box := s.boxes[strings.ToLower(address)]
	for _, f := range box.folders {
		for _, it := range box.in(f.id) {
			c := Contact{ID: it.id, Folder: f.name, Fields: maps.Clone(it.fields)}
			for _, p := range it.files {
				if p.photo {
					c.Photos = append(c.Photos, p.content)
				}
			}
			all = append(all, c)
		}
	}
	return all
}

// Type lets the mailbox's owner write a contact into a folder by name ("Contacts" is
// the usual one), or change fields of one by its id, as a person would.
func (s *Server) Type(address, folderName, id string, fields map[string]string) (contact string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	box := s.boxes[strings.ToLower(address)]
	if it := box.items[id]; it != nil {
		maps.Copy(it.fields, fields)
		box.changed(s, it)
		return id
	}
	i := slices.IndexFunc(box.folders, func(f *folder) bool { return f.name == folderName })
	if i < 0 {
		i = len(box.folders)
		box.folders = append(box.folders, &folder{id: s.id('f'), key: s.key(), name: folderName})
	}
	return box.add(s, box.folders[i].id, maps.Clone(fields)).id
}

// Folders returns the names of a mailbox's folders beside the usual one.
func (s *Server) Folders(address string) (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.boxes[strings.ToLower(address)].folders[1:] {
		names = append(names, f.name)
	}
	return names
}

// Picture lets the mailbox's owner give a contact a photo in place of those it has; nil
// takes them away.
func (s *Server) Picture(address, id string, jpeg []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	box := s.boxes[strings.ToLower(address)]
	it := box.items[id]
	it.files = slices.DeleteFunc(it.files, func(f file) bool { return f.photo })
	if jpeg != nil {
		it.files = append(it.files, file{id: s.id('a'), name: "ContactPicture.jpg", kind: "image/jpeg", photo: true, content: jpeg})
	}
	box.changed(s, it)
}

// Discard lets the mailbox's owner delete a contact.
func (s *Server) Discard(address, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.boxes[strings.ToLower(address)].remove(s, id)
}
