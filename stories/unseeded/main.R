# A bootstrap interval of the median follow-up. No seed is set.
library(survival)
medians <- replicate(500, median(sample(lung$time, replace = TRUE)))
dir.create("out", showWarnings = FALSE)
interval <- quantile(medians, c(.025, .975))
write.csv(data.frame(quantile = names(interval), days = interval), "out/interval.csv", row.names = FALSE)
