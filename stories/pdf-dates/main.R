# A survival curve, as a picture for the paper.
library(survival)
dir.create("out", showWarnings = FALSE)
pdf("out/survival.pdf")
plot(survfit(Surv(time, status) ~ sex, data = lung), col = 1:2, xlab = "days", ylab = "alive")
invisible(dev.off())
