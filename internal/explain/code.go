package explain

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// mention is a place in the code that speaks for a cause.
type mention struct {
	path string
	line int
	what string
}

func (m *mention) String() string { return fmt.Sprintf("%s line %d uses %s", m.path, m.line, m.what) }

// findings are what a look at the code gave: the first mention of each kind.
type findings struct {
	random  map[string]*mention // by language
	seeded  map[string]bool
	seedNow *mention // a seed that is itself the time
	clock   *mention
	network *mention
}

// language is how one tells what a line of code does. The patterns are those of calls; strings
// and comments at the ends of lines are looked at as well, but for whole lines of comment.
type language struct {
	name    string
	random  *regexp.Regexp
	seed    *regexp.Regexp
	clock   *regexp.Regexp
	network *regexp.Regexp
	seeding string // how one gives a seed
}

func languages() map[string]language {
	r := language{
		name:    "R",
		random:  regexp.MustCompile(`\b(sample|sample\.int|sample_n|sample_frac|slice_sample|r(?:norm|unif|binom|pois|exp|gamma|beta|chisq|multinom|weibull|cauchy|geom|hyper|logis|nbinom|lnorm|t|f)|mvrnorm|kmeans|createDataPartition|createFolds|randomForest|ranger)\s*\(`),
		seed:    regexp.MustCompile(`\b(set\.seed\s*\(|RNGkind\s*\(|withr::with_seed|with_seed\s*\(|seed\s*=\s*\d)`),
		clock:   regexp.MustCompile(`\b(Sys\.time|Sys\.Date|date|proc\.time|system\.time|now|today)\s*\(`),
		network: regexp.MustCompile(`\b(download\.file|url|curl|curl_fetch_memory|GET|read_html|fromJSON|install\.packages|read\.csv|read_csv|fread)\s*\(\s*["']https?://|\b(download\.file|curl_download|install\.packages)\s*\(`),
		seeding: "set.seed()",
	}
	python := language{
		name:    "Python",
		random:  regexp.MustCompile(`\b((?:np|numpy)\.random\.\w+|random\.(?:random|randint|randrange|choice|choices|shuffle|sample|uniform|gauss|normalvariate|betavariate)|default_rng|torch\.(?:rand|randn|randint|randperm)|train_test_split|RandomForest\w+|KFold|KMeans|MLP\w+|uuid4|secrets\.\w+|os\.urandom)\s*\(`),
		seed:    regexp.MustCompile(`\b(random\.seed\s*\(\s*[^)\s]|default_rng\s*\(\s*[^)\s]|RandomState\s*\(\s*[^)\s]|manual_seed\s*\(|set_seed\s*\(|set_random_seed\s*\(|seed_everything\s*\(|random_state\s*=\s*[^N\s]|seed\s*=\s*\d)`),
		clock:   regexp.MustCompile(`\b(datetime\.now|datetime\.utcnow|datetime\.today|date\.today|time\.time|time\.strftime|time\.ctime|perf_counter|time\.monotonic)\s*\(`),
		network: regexp.MustCompile(`\b(requests\.(?:get|post|Session)|urlopen|urlretrieve|urllib\.request\.\w+|httpx\.\w+|aiohttp\.ClientSession|wget\.download|load_dataset|from_pretrained)\s*\(|\bread_(?:csv|json|html|excel|parquet)\s*\(\s*["']https?://`),
		seeding: "a seed or a random_state",
	}
	return map[string]language{
		".r": r, ".rmd": r, ".qmd": r, ".rnw": r, ".py": python, ".ipynb": python, ".pyw": python,
	}
}

// Readable tells whether a file is code that Causes can look into, by its name.
func Readable(file string) bool {
	_, known := languages()[strings.ToLower(path.Ext(file))]
	return known
}

var fromClock = regexp.MustCompile(`\b(Sys\.time|time\.time|datetime\.now|time_ns)\s*\(`)

func scan(sources []Source) findings {
	found := findings{random: map[string]*mention{}, seeded: map[string]bool{}}
	known := languages()
	for _, s := range sources {
		if l, ok := known[s.extension()]; ok {
			found.look(l, s)
		}
	}
	return found
}

// maxLine bounds what is looked at of a line: longer ones are data, not code.
const maxLine = 4 << 10

func (f *findings) look(l language, s Source) {
	n := 0
	for line := range strings.Lines(s.Text) {
		n++
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") || len(line) > maxLine {
			continue
		}
		if l.seed.MatchString(line) {
			if fromClock.MatchString(line) {
				note(&f.seedNow, fromClock, s.Path, n, line)
			} else {
				f.seeded[l.name] = true
			}
		}
		if f.random[l.name] == nil {
			var m *mention
			note(&m, l.random, s.Path, n, line)
			f.random[l.name] = m
		}
		note(&f.clock, l.clock, s.Path, n, line)
		note(&f.network, l.network, s.Path, n, line)
	}
}

// note keeps the first match.
func note(into **mention, pattern *regexp.Regexp, file string, line int, text string) {
	if *into != nil {
		return
	}
	if at := pattern.FindStringSubmatchIndex(text); at != nil {
		call := text[at[0]:at[1]]
		if i := strings.IndexByte(call, '('); i >= 0 {
			call = call[:i]
		}
		*into = &mention{path: file, line: line, what: strings.TrimSpace(call) + "()"}
	}
}

// Draws tells whether code draws random numbers without a fixed seed, as far as one can tell.
func Draws(code []Source) bool { return scan(code).seed() != "" }

// seed is what speaks for random numbers without a fixed seed; "" for nothing. Code that gives a
// seed anywhere gets the benefit of the doubt.
func (f findings) seed() string {
	if f.seedNow != nil {
		return fmt.Sprintf("%s line %d takes its seed from the clock (%s)", f.seedNow.path, f.seedNow.line, f.seedNow.what)
	}
	known := languages()
	for _, extension := range []string{".r", ".py"} {
		l := known[extension]
		if m := f.random[l.name]; m != nil && !f.seeded[l.name] {
			return fmt.Sprintf("%s, and nothing in the %s code gives %s", m, l.name, l.seeding)
		}
	}
	return ""
}
