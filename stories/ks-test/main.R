# Do patients who feel poorly differ from the others?
library(survival)
poorly <- lung$ph.ecog >= 2
tests <- do.call(rbind, lapply(c("age", "meal.cal", "wt.loss"), function(v) {
  x <- lung[[v]][which(poorly)]
  y <- lung[[v]][which(!poorly)]
  t <- suppressWarnings(ks.test(x[!is.na(x)], y[!is.na(y)]))
  data.frame(variable = v, D = t$statistic, p = t$p.value)
}))
dir.create("out", showWarnings = FALSE)
write.csv(tests, "out/ks.csv", row.names = FALSE)
