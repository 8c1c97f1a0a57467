package graph_test

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"kept/internal/clock"
	"kept/internal/remote/graph/graphtest"
)

// program speaks to the stand-in with Microsoft's own client, which nobody here wrote.
const program = `
import { createRequire } from "node:module";
const require = createRequire(process.env.MODULES + "/");
const { Client, PageIterator } = require("@microsoft/microsoft-graph-client");
const said = {};
const c = Client.init({ baseUrl: process.env.SERVICE, defaultVersion: "v1.0", customHosts: new Set(["127.0.0.1"]), authProvider: done => done(null, process.env.TOKEN) });
said.users = [];
const all = new PageIterator(c, await c.api("/users").top(2).select("id,mail").get(), u => { said.users.push(u.mail); return true; });
await all.iterate();
const box = "/users/ada@muster.example";
const folder = await c.api(box + "/contactFolders").post({ displayName: "Muster" });
said.folder = (await c.api(box + "/contactFolders").get()).value.map(f => f.displayName);
const inside = await c.api(box + "/contactFolders/" + folder.id + "/childFolders").post({ displayName: "Partners" });
said.inside = (await c.api(box + "/contactFolders/" + folder.id + "/childFolders").get()).value.map(f => [f.displayName, String(f.parentFolderId === folder.id), String(f.id === inside.id)]);
said.top = (await c.api(box + "/contactFolders").get()).value.length;
await c.api(box + "/contactFolders/" + inside.id).delete();
const mark = "String {5ad4a1e6-6a3e-4bb6-9d0c-2e6f0c6f1a77} Name kept";
const made = await c.api(box + "/contactFolders/" + folder.id + "/contacts").post({ givenName: "Bob", surname: "Boole", singleValueExtendedProperties: [{ id: mark, value: "kept1:o:p|h" }] });
await c.api(box + "/contacts/" + made.id).patch({ jobTitle: "Analyst" });
const found = await c.api(box + "/contactFolders/" + folder.id + "/contacts").filter("singleValueExtendedProperties/Any(ep: ep/id eq '" + mark + "' and ep/value eq 'kept1:o:p|h')").expand("singleValueExtendedProperties($filter=id eq '" + mark + "')").get();
said.found = found.value.map(x => [x.givenName, x.jobTitle, x.singleValueExtendedProperties[0].value]);
await c.api(box + "/contacts/" + made.id + "/photo/$value").header("Content-Type", "image/jpeg").put(new Blob([new Uint8Array([0xff, 0xd8, 0xff, 1, 2, 3])], { type: "image/jpeg" }));
said.photo = (await (await c.api(box + "/contacts/" + made.id + "/photo/$value").getStream()).getReader().read()).value.length;
const delta = await c.api(box + "/contactFolders/" + folder.id + "/contacts/delta").get();
said.changed = delta.value.length;
await c.api(box + "/contacts/" + made.id).delete();
const later = await c.api(delta["@odata.deltaLink"]).get();
said.gone = later.value.map(x => x["@removed"].reason);
try { await c.api(box + "/contacts/" + made.id).get(); } catch (e) { said.error = [e.statusCode, e.code]; }
try { await c.api(box + "/contacts").post({ businessPhones: ["1", "2", "3"] }); } catch (e) { said.limit = e.statusCode; }
try { await c.api("/users/bob@muster.example/contacts").get(); } catch (e) { said.denied = [e.statusCode, e.code]; }
console.log(JSON.stringify(said));
`

// What the stand-in says is understood by Microsoft's own client as it understands
// the service.
func TestAnIndependentClientUnderstandsTheStandIn(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is missing; scripts/setup names what tests use")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip("there is no folder for what tests fetch")
	}
	modules := filepath.Join(cache, "kept", "npm")
	if _, err := os.Stat(filepath.Join(modules, "node_modules", "@microsoft", "microsoft-graph-client")); err != nil {
		t.Skip("@microsoft/microsoft-graph-client is missing; scripts/setup fetches it")
	}
	s := graphtest.New(clock.System)
	server := httptest.NewTLSServer(s)
	defer server.Close()
	tenant := s.Tenant("muster")
	tenant.Register("app", "secret")
	for _, name := range []string{"ada", "bob", "cid"} {
		tenant.AddUser(name, map[string]any{"mail": name + "@muster.example", "userPrincipalName": name + "@muster.example"})
	}
	tenant.Restrict("app", "ada@muster.example")
	answer, err := server.Client().PostForm(server.URL+"/muster/oauth2/v2.0/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {"secret"}, "scope": {server.URL + "/.default"}})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var token struct {
		Value string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, err)
	}
	dir := t.TempDir()
	authority := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "client.mjs")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), node, file)
	run.Env = append(os.Environ(), "SERVICE="+server.URL, "TOKEN="+token.Value, "MODULES="+modules, "NODE_EXTRA_CA_CERTS="+authority)
	var trouble bytes.Buffer
	run.Stderr = &trouble
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, trouble.String())
	}
	var said struct {
		Users, Folder, Gone []string
		Found, Inside       [][]string
		Photo, Changed, Top int
		Error, Denied       []any
		Limit               int
	}
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !slices.Equal(said.Users, []string{"ada@muster.example", "bob@muster.example", "cid@muster.example"}) || !slices.Equal(said.Folder, []string{"Muster"}) {
		t.Errorf("users %q, folders %q", said.Users, said.Folder)
	}
	if len(said.Inside) != 1 || !slices.Equal(said.Inside[0], []string{"Partners", "true", "true"}) || said.Top != 1 {
		t.Errorf("folders inside %q, %d at the top", said.Inside, said.Top)
	}
	if len(said.Found) != 1 || !slices.Equal(said.Found[0], []string{"Bob", "Analyst", "kept1:o:p|h"}) || said.Photo != 6 {
		t.Errorf("found %q, a photo of %d bytes", said.Found, said.Photo)
	}
	if said.Changed != 1 || !slices.Equal(said.Gone, []string{"deleted"}) || said.Limit != http.StatusBadRequest {
		t.Errorf("%d changed, gone %q, beyond the limits %d", said.Changed, said.Gone, said.Limit)
	}
	if len(said.Error) != 2 || said.Error[0] != 404.0 || said.Error[1] != "ErrorItemNotFound" || len(said.Denied) != 2 || said.Denied[0] != 403.0 {
		t.Errorf("errors %v, %v", said.Error, said.Denied)
	}
}
