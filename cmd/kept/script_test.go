package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the commands as their users do; testdata/script tells how.
// Beyond testscript's own words the scripts know
//
//	example            writes the agency's policy.yaml and site/ here
//	finding CMD…       runs CMD, which must end with exit code 1
//	misuse CMD…        runs CMD, which must end with exit code 2
//	serving [FLAG…]    serves site/ from data/ and sets $SITE and $CONSOLE
//	stopped            ends that with SIGTERM, and well
//	visit accept|refuse   looks at the site as a new visitor, and answers the banner
//	fetch PATH FILE [TEXT]  has that visitor read a page into FILE, as soon as TEXT stands in it; $RECEIPT is the path of its receipt
//	signin FILE        opens the link in FILE, as an invited person does
//	edit FILE OLD NEW  replaces OLD in a text
//	tamper GLOB OLD NEW   replaces OLD by as many bytes, wherever it stands in a file
//	read VAR FILE REGEXP  sets VAR to what the group in REGEXP finds in FILE, or in stdout or stderr
//	early FILE NEW     writes a receipt as it was before its leaf had a place in the log
//	mailport VAR       sets VAR to a free address for --mail-listen
//	letter ADDRESS TEXT  sends a mail to the receiver there, from ada@person.example, and waits until it is taken
//	sqlite FILE SQL    runs the SQL of a file on another system's database
//	becomes REGEXP CMD…  runs CMD again until its output matches: the serving process has done its part
//	past DAYS          lets a visitor accept and look at site/ that many days ago, in data/
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"example":     func(ts *testscript.TestScript, _ bool, _ []string) { ts.Check(copyExample(ts.MkAbs("."))) },
			"finding":     exits(exitFinding),
			"misuse":      exits(exitMisuse),
			"serving":     serving,
			"stopped":     stopped,
			"visit":       visit,
			"fetch":       fetch,
			"signin":      signIn,
			"edit":        edit,
			"tamper":      tamper,
			"read":        read,
			"early":       early,
			"past":        past,
			"becomes":     becomes,
			"mailport":    mailport,
			"letter":      letter,
			"sqlite":      otherSystem,
			"appointment": appointment,
		},
	})
}

// exits returns a word that runs a command and wants an exit code.
func exits(code int) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, args []string) {
		err := ts.Exec(args[0], args[1:]...)
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != code {
			ts.Fatalf("%s: wanted exit code %d, got %v", strings.Join(args, " "), code, err)
		}
	}
}

// scene is what runs beside one script.
type scene struct {
	serving *process
	visitor *visitor
}

// scenes holds each script's scene under its folder.
var scenes sync.Map

func sceneOf(ts *testscript.TestScript) *scene {
	s, _ := scenes.LoadOrStore(ts.Getenv("WORK"), &scene{})
	return s.(*scene)
}

func serving(ts *testscript.TestScript, _ bool, args []string) {
	s := sceneOf(ts)
	env := []string{"HOME=" + ts.Getenv("HOME"), "TMPDIR=" + ts.Getenv("TMPDIR")}
	all := slices.Concat([]string{"serve", "--data", "data", "--site", "site", "--listen", "127.0.0.1:0", "--console", "127.0.0.1:0"}, relay, args)
	var err error
	s.serving, err = launchServing(ts.MkAbs("."), env, all...)
	ts.Check(err)
	ts.Defer(s.serving.kill)
	ts.Setenv("SITE", s.serving.site)
	ts.Setenv("CONSOLE", s.serving.console)
}

func stopped(ts *testscript.TestScript, _ bool, _ []string) { ts.Check(sceneOf(ts).serving.stop()) }

func visit(ts *testscript.TestScript, _ bool, args []string) {
	s := sceneOf(ts)
	s.visitor = newVisitor(s.serving.site)
	if args[0] == "accept" {
		ts.Check(s.visitor.accepts())
		ts.Setenv("RECEIPT", "/privacy/receipts/"+s.visitor.decision())
		return
	}
	got, err := s.visitor.choose(args[0])
	ts.Check(err)
	ts.Check(got.want(http.StatusSeeOther))
}

func fetch(ts *testscript.TestScript, _ bool, args []string) {
	s := sceneOf(ts)
	v := s.visitor
	v.site = s.serving.site // it may have been started anew
	ts.Check(eventually(context.Background(), func() error {
		got, err := v.get(args[0])
		if err == nil {
			err = got.want(http.StatusOK)
		}
		if err == nil && len(args) > 2 && !strings.Contains(got.body, args[2]) {
			err = fmt.Errorf("%s does not hold %s", args[0], args[2])
		}
		if err != nil {
			return err
		}
		return os.WriteFile(ts.MkAbs(args[1]), []byte(got.body), 0o644)
	}))
}

func signIn(ts *testscript.TestScript, neg bool, args []string) {
	err := newVisitor("").signsIn(ts.ReadFile(args[0]))
	if neg == (err == nil) {
		ts.Fatalf("sign in: %v", err)
	}
}

func edit(ts *testscript.TestScript, _ bool, args []string) {
	file := ts.MkAbs(args[0])
	before, err := os.ReadFile(file)
	ts.Check(err)
	after := strings.Replace(string(before), args[1], args[2], 1)
	if after == string(before) {
		ts.Check(fmt.Errorf("%s does not hold %q", filepath.Base(file), args[1]))
	}
	ts.Check(os.WriteFile(file, []byte(after), 0o644))
}

func tamper(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	changed := false
	for _, file := range files {
		before, err := os.ReadFile(file)
		ts.Check(err)
		after := bytes.ReplaceAll(before, []byte(args[1]), []byte(args[2]))
		if len(before) == len(after) && !bytes.Equal(before, after) {
			changed = true
			ts.Check(os.WriteFile(file, after, 0o644))
		}
	}
	if !changed {
		ts.Fatalf("%s does not hold %q, or %q has another length", args[0], args[1], args[2])
	}
}

func read(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if found == nil {
		ts.Fatalf("%s does not match %s", args[1], args[2])
	}
	ts.Setenv(args[0], found[1])
}

var inclusion = regexp.MustCompile(`,\s*"inclusion":\s*"[^"]*"`)

func early(ts *testscript.TestScript, _ bool, args []string) {
	receipt := []byte(ts.ReadFile(args[0]))
	if !inclusion.Match(receipt) {
		ts.Fatalf("%s holds no proof of inclusion", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), inclusion.ReplaceAll(receipt, nil), 0o644))
}

func becomes(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile("(?m)" + args[0])
	ts.Check(eventually(context.Background(), func() error {
		if err := ts.Exec(args[1], args[2:]...); err != nil {
			return err
		}
		if out := ts.ReadFile("stdout"); !want.MatchString(out) {
			return fmt.Errorf("%s does not match %s", out, args[0])
		}
		return nil
	}))
}

func past(ts *testscript.TestScript, _ bool, args []string) {
	days, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(livePast(ts.MkAbs("."), days))
}
