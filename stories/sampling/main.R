# A Cox model on a training set drawn at random, with a seed.
library(survival)
set.seed(2016)
train <- sort(sample(nrow(lung), 150))
fit <- coxph(Surv(time, status) ~ age + sex, data = lung[train, ])
dir.create("out", showWarnings = FALSE)
write.csv(round(summary(fit)$coefficients, 6), "out/cox.csv")
