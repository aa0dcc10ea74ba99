// Package versions orders versions as each ecosystem orders its own, and reads questions about
// packages such as scipy<1.8.
//
// Comparisons ask it whether a package went up or down, recall which versions a question means. It is
// pure: it opens nothing, and takes any text without complaint or harm. It does not choose or resolve
// versions.
package versions
