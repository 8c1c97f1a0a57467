package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/duty/request"
	"kept/internal/duty/rights"
)

func requestIdentify() *cobra.Command {
	var a act
	var s request.Seen
	cmd := &cobra.Command{
		Use:   "identify NUMBER",
		Short: "Note what showed who asks, with the evidence",
		Long: `Notes an identifier that is the person's and what showed that: a call back on a
known number, a signature, facts that only this person knows. Several identifiers
of one person are noted one after the other. Ask for no copy of an identity card.`,
		Example: `  kept request identify 7K3M-9QXD --kind email --value ada@example.org --evidence "called back on the number of the contract"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s.By = commandLine
			return a.on(cmd, func(ctx context.Context, d *request.Desk) (request.Case, error) { return d.Vouch(ctx, args[0], s) })
		},
	}
	acting(cmd, &a)
	cmd.Flags().StringVar(&s.Kind, "kind", "email", "kind of the identifier: email, phone, account, visitor or decision")
	cmd.Flags().StringVar(&s.Value, "value", "", "the identifier; without one the letter itself shows who asks")
	cmd.Flags().StringVar(&s.Evidence, "evidence", "", "what was seen")
	return cmd
}

func requestPlan() *cobra.Command {
	var a act
	cmd := &cobra.Command{
		Use:     "plan NUMBER",
		Short:   "Have the plan made again: what is held has changed",
		Example: "  kept request plan 7K3M-9QXD",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.on(cmd, func(ctx context.Context, d *request.Desk) (request.Case, error) { return d.Replan(ctx, args[0]) })
		},
	}
	acting(cmd, &a)
	return cmd
}

func requestApprove() *cobra.Command {
	var a act
	var refused, ground, reason, review, plan string
	var chosen []string
	cmd := &cobra.Command{
		Use:   "approve NUMBER",
		Short: "Approve the plan of a request; it is carried out then",
		Long: `Approves the plan that you looked at: --dry-run prints it with its hash, and --plan
takes the hash. A plan that was made again since has another one and is not
approved. One right can be refused with its ground and reason. For a review by a
person (Art. 22) give its result and reasons. What several people share waits for
a choice, by the number of the part in the plan.`,
		Example: `  kept request approve 7K3M-9QXD --dry-run
  kept request approve 7K3M-9QXD --plan 5d41402abc4b2a76b9719d911017c592
  kept request approve 7K3M-9QXD --plan 5d41402abc4b2a76b9719d911017c592 --refuse erasure --ground claims --reason "the invoice is in dispute"
  kept request approve 7K3M-9QXD --plan 5d41402abc4b2a76b9719d911017c592 --choose erasure:3=own`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			v := request.Decision{By: commandLine, Plan: plan, Verdicts: map[rights.Right]request.Verdict{}}
			if refused != "" {
				v.Verdicts[rights.Right(refused)] = request.Verdict{Refuse: true, Ground: request.Ground(ground), Reason: reason}
			}
			if review != "" {
				v.Verdicts[rights.HumanReview] = request.Verdict{Review: review, Reason: reason}
			}
			var err error
			if v.Chosen, err = chosenShared(chosen); err != nil {
				return err
			}
			if a.trial {
				return wouldApprove(cmd, &a, args[0], v)
			}
			if plan == "" {
				return misuse("look at the plan with --dry-run, then approve it by its hash with --plan")
			}
			return a.on(cmd, func(ctx context.Context, d *request.Desk) (request.Case, error) { return d.Approve(ctx, args[0], v) })
		},
	}
	addPlace(cmd, &a.place)
	addFormat(cmd, &a.out, asText, asJSON)
	f := cmd.Flags()
	f.BoolVar(&a.trial, "dry-run", false, "print the plan and what would keep it from being approved; approve nothing")
	f.StringVar(&plan, "plan", "", "hash of the plan that you looked at")
	f.StringArrayVar(&chosen, "choose", nil, "what happens to what others share: RIGHT:PART=own or =all; to a value that can be added: =add or =leave (again for each)")
	f.StringVar(&refused, "refuse", "", "a right that is not granted")
	f.StringVar(&ground, "ground", "", "legal ground of the refusal: "+groundWords())
	f.StringVar(&reason, "reason", "", "reason of the refusal or of the review, for the person")
	f.StringVar(&review, "review", "", "result of a review by a person: upheld or changed")
	return cmd
}

// chosenShared reads what happens to what several people share.
func chosenShared(all []string) (map[rights.Right]map[int]string, error) {
	found := map[rights.Right]map[int]string{}
	for _, text := range all {
		place, chosen, _ := strings.Cut(text, "=")
		right, part, _ := strings.Cut(place, ":")
		n, err := strconv.Atoi(part)
		if err != nil || chosen == "" {
			return nil, misuse("--choose takes RIGHT:PART=own or =all, like erasure:3=own, and =add or =leave where a value can be added")
		}
		if found[rights.Right(right)] == nil {
			found[rights.Right(right)] = map[int]string{}
		}
		found[rights.Right(right)][n-1] = chosen
	}
	return found, nil
}

// wouldApprove prints the plan with its hash, and tries the decision.
func wouldApprove(cmd *cobra.Command, a *act, name string, v request.Decision) error {
	return withRequests(cmd.Context(), a.place, func(d *request.Desk) error {
		x, err := d.Look(cmd.Context(), name, commandLine)
		if err != nil {
			return err
		}
		_, refused := d.Trial().Approve(cmd.Context(), name, v)
		if a.out == asJSON {
			if err := writeAsJSON(cmd.OutOrStdout(), x); err != nil {
				return err
			}
			return refused
		}
		if err := writeDossier(cmd.OutOrStdout(), x, d.Clock.Now()); err != nil || refused != nil {
			return errors.Join(err, refused)
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "\nWould be carried out; nothing was approved. To approve it: kept request approve %s --plan %s\n", x.Number, x.PlanHash)
		return err
	})
}

func groundWords() string {
	words := ""
	for i, g := range request.Grounds() {
		if i > 0 {
			words += ", "
		}
		words += string(g)
	}
	return words
}

// letterCommand makes a command that writes a letter, prints it, and sends it unless it
// is a trial.
func letterCommand(use, short, long, example string, kind request.Kind) *cobra.Command {
	var place app.Place
	var out format
	var p request.Purpose
	var ground, why string
	var trial, posted bool
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Kind, p.Ground = kind, request.Ground(ground)
			if why != "" {
				switch why {
				case string(request.ForProof):
					p.Kind = request.Doubt
				case string(request.ForClarification):
					p.Kind = request.Clarify
				default:
					return misuse("--for takes proof or clarification")
				}
			}
			return withRequests(cmd.Context(), place, func(d *request.Desk) error {
				l, err := d.Draft(cmd.Context(), args[0], p)
				if err != nil {
					return err
				}
				if out == asText || trial {
					if err := writeLetter(cmd.OutOrStdout(), out, l); err != nil || trial {
						return err
					}
				}
				way := request.ByMail
				if posted {
					way = request.ByPost
				}
				c, err := d.Send(cmd.Context(), args[0], l.ID, commandLine, way)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), c)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "\n%s is %s.\n", c.Number, c.State)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	f := cmd.Flags()
	f.BoolVar(&trial, "dry-run", false, "print the letter as a draft, and send nothing")
	f.BoolVar(&posted, "posted", false, "the letter was printed and posted: write down that it was sent")
	if kind != request.Reply {
		f.StringVar(&p.Reason, "reason", "", "what the letter tells the person")
	}
	if kind == request.Refusal {
		f.StringVar(&ground, "ground", "", "legal ground: "+groundWords())
	}
	if kind == request.Doubt {
		f.StringVar(&why, "for", string(request.ForProof), "what is asked for: proof or clarification")
	}
	return cmd
}

func writeLetter(w io.Writer, out format, l request.Draft) error {
	if out == asJSON {
		return writeAsJSON(w, l)
	}
	_, err := fmt.Fprintf(w, "%s\n\n%s\n", l.Title, l.Text)
	return err
}

func requestMessage() *cobra.Command {
	return letterCommand("message NUMBER", "Write to the person of a request, without any effect on it",
		"Sends a letter that decides nothing: the clock runs on, and the state stays.",
		`  kept request message 7K3M-9QXD --reason "your data lies in an archive; we are looking for it" --dry-run`, request.Message)
}

func requestRefuse() *cobra.Command {
	return letterCommand("refuse NUMBER", "Refuse a request with a reason and its legal ground",
		"Writes the refusal with the legal remedies and sends it. A person refuses, never\na program: the reason is yours.",
		`  kept request refuse 7K3M-9QXD --ground excessive --reason "the same question for the ninth time this month" --dry-run`, request.Refusal)
}

func requestExtend() *cobra.Command {
	return letterCommand("extend NUMBER", "Extend the time to answer by two months, with the reason",
		"Tells the person, inside the first month, that it takes two months longer and why\n(Art. 12(3) GDPR).",
		`  kept request extend 7K3M-9QXD --reason "three archives have to be searched by hand"`, request.Extension)
}

func requestPause() *cobra.Command {
	return letterCommand("pause NUMBER", "Ask the person for proof or clarification; the clock stands meanwhile",
		"Asks for more proof where there is a reasonable doubt about who asks (Art. 12(6)\nGDPR), or what of much data is meant. The clock stands until the person answers.",
		`  kept request pause 7K3M-9QXD --for proof --reason "the signature is not the one of the contract"`, request.Doubt)
}

func requestAnswer() *cobra.Command {
	return letterCommand("answer NUMBER", "Write and send the answer to a request that was carried out",
		"Prints the answer and sends it. Read it first with --dry-run; the console can\nchange its words.",
		"  kept request answer 7K3M-9QXD --dry-run\n  kept request answer 7K3M-9QXD", request.Reply)
}

func requestResume() *cobra.Command {
	var a act
	cmd := &cobra.Command{
		Use:     "resume NUMBER",
		Short:   "Let the clock go on: the person has answered",
		Example: "  kept request resume 7K3M-9QXD",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.on(cmd, func(ctx context.Context, d *request.Desk) (request.Case, error) {
				return d.Resume(ctx, args[0], commandLine)
			})
		},
	}
	acting(cmd, &a)
	return cmd
}
