package cli

import "testing"

func TestTame(t *testing.T) {
	for text, want := range map[string]string{
		"": "",
		"1\u00a0234 µm, 日本 👩‍🔬\t|\n":              "1\u00a0234 µm, 日本 👩‍🔬\t|\n",
		"\x1b[31mred\x1b[0m \x1b[1;7mbold\x1b[0m": "\x1b[31mred\x1b[0m \x1b[1;7mbold\x1b[0m",
		"\x1b[2J\x1b[H\x1b]0;title\a":             "�[2J�[H�]0;title�",
		"a\rb\x00\x7f\u009b2J":                    "a�b���2J",
		"\x9b2J":                                  "�2J",
		"\u202egnp.exe\u2066\u2028":               "�gnp.exe��",
		"\x1b[31":                                 "�[31",
		"\x1b":                                    "�",
	} {
		if got := tame(text); got != want {
			t.Errorf("tame(%q) = %q, want %q", text, got, want)
		}
	}
	if got := fit("  a\n\tb \x1b[31mc", 9); got != "a b �[31m"[:len("a b �[31")]+"…" {
		t.Errorf("fit: %q", got)
	}
}
