package ewstest

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"slices"
	"strings"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //lint:ignore SA1019 NTLM is made of it
)

// authenticate returns whose request it is. It answers by itself, and returns nil, as
// long as the account is not let in.
func (s *Server) authenticate(w http.ResponseWriter, r *http.Request) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name, password, ok := r.BasicAuth(); ok && slices.Contains(s.offers, "Basic") {
		if a := s.accounts[strings.ToLower(name)]; a != nil && a.password == password {
			return a
		}
	}
	if a := s.accounts[s.let[r.RemoteAddr]]; a != nil {
		return a
	}
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	raw, err := base64.StdEncoding.DecodeString(text)
	if (scheme == "NTLM" || scheme == "Negotiate") && slices.Contains(s.offers, scheme) && err == nil && len(raw) > 12 {
		switch binary.LittleEndian.Uint32(raw[8:]) {
		case 1:
			s.counts["401"]++
			w.Header().Set("WWW-Authenticate", scheme+" "+base64.StdEncoding.EncodeToString(s.challenge(r.RemoteAddr)))
			w.WriteHeader(http.StatusUnauthorized)
			return nil
		case 3:
			if a := s.proven(s.asked[r.RemoteAddr], raw); a != nil {
				delete(s.asked, r.RemoteAddr)
				s.let[r.RemoteAddr] = strings.ToLower(a.name)
				return a
			}
		}
	}
	s.counts["401"]++
	for _, offer := range s.offers {
		if offer == "Basic" {
			offer = `Basic realm="mail.muster.example"`
		}
		w.Header().Add("WWW-Authenticate", offer)
	}
	w.WriteHeader(http.StatusUnauthorized)
	return nil
}

// challenge is the server's message of NTLM (MS-NLMP 2.2.1.2), for one connection.
func (s *Server) challenge(connection string) []byte {
	nonce := make([]byte, 8)
	_, _ = rand.Read(nonce) // it never fails
	s.asked[connection] = nonce
	domain := wide("MUSTER")
	info := slices.Concat(pair(2, domain), pair(1, wide("MAIL")), pair(4, wide("muster.example")), pair(3, wide("mail.muster.example")), []byte{0, 0, 0, 0})
	const head = 56
	m := make([]byte, head)
	copy(m, "NTLMSSP\x00")
	binary.LittleEndian.PutUint32(m[8:], 2)
	span(m[12:], head, len(domain))
	// Unicode, request target, NTLM, always sign, extended session security, target
	// is a domain, target info, version, 128, key exchange.
	binary.LittleEndian.PutUint32(m[20:], 0x00000001|0x00000004|0x00000200|0x00008000|0x00010000|0x00080000|0x00800000|0x02000000|0x20000000)
	copy(m[24:], nonce)
	span(m[40:], head+len(domain), len(info))
	copy(m[48:], []byte{10, 0, 0x63, 0x45, 0, 0, 0, 15})
	return slices.Concat(m, domain, info)
}

func pair(id uint16, value []byte) []byte {
	head := make([]byte, 4)
	binary.LittleEndian.PutUint16(head, id)
	binary.LittleEndian.PutUint16(head[2:], uint16(len(value)))
	return append(head, value...)
}

func span(at []byte, offset, length int) {
	binary.LittleEndian.PutUint16(at, uint16(length))
	binary.LittleEndian.PutUint16(at[2:], uint16(length))
	binary.LittleEndian.PutUint32(at[4:], uint32(offset))
}

// proven returns the account whose password a client's message proves (NTLMv2,
// MS-NLMP 3.3.2), nil if it does not.
func (s *Server) proven(nonce, m []byte) *account {
	field := func(at int) []byte {
		if len(m) < at+8 {
			return nil
		}
		length, offset := int(binary.LittleEndian.Uint16(m[at:])), int(binary.LittleEndian.Uint32(m[at+4:]))
		if offset+length > len(m) {
			return nil
		}
		return m[offset : offset+length]
	}
	response, domain, user := field(20), narrow(field(28)), narrow(field(36))
	a := s.accounts[strings.ToLower(domain+`\`+user)]
	if a == nil {
		a = s.accounts[strings.ToLower(user)] // name@domain
	}
	if a == nil || nonce == nil || len(response) < 32 {
		return nil
	}
	sum := md4.New()
	sum.Write(wide(a.password))
	key := hashed(sum.Sum(nil), wide(strings.ToUpper(user)+domain))
	if !hmac.Equal(response[:16], hashed(key, nonce, response[16:])) {
		return nil
	}
	return a
}

func hashed(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func wide(text string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

func narrow(raw []byte) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(raw[2*i:])
	}
	return string(utf16.Decode(units))
}
