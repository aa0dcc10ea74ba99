# Median survival by sex, with the pipe of R 4.1.
library(survival)
dir.create("out", showWarnings = FALSE)
survfit(Surv(time, status) ~ sex, data = lung) |>
  quantile(probs = 0.5, conf.int = FALSE) |>
  write.csv("out/median.csv")
