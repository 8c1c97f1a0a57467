package access

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// LetRead lets pages of the declared origins read the answer to a request that they
// made without cookies. Any other origin gets no such header; with no origins the
// answer is the same for everybody.
func LetRead(w http.ResponseWriter, r *http.Request, origins []string) bool {
	if len(origins) == 0 {
		return false
	}
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if !slices.Contains(origins, origin) {
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	return true
}

// JSON answers a program. Nobody stores the answer on its way.
func JSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(v)
}

// refuse answers a program that a request was refused (Deny), in English.
func refuse(w http.ResponseWriter, _ *http.Request, status int, message string) {
	if message == "" {
		message = strings.ToLower(http.StatusText(status))
	}
	_ = JSON(w, status, map[string]string{"error": message}) // an error means that the reader has gone
}
