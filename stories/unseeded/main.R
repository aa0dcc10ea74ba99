# A bootstrap interval of the mean follow-up. No seed is set.
library(survival)
means <- replicate(500, mean(sample(lung$time, replace = TRUE)))
dir.create("out", showWarnings = FALSE)
interval <- quantile(means, c(.025, .975))
write.csv(data.frame(quantile = names(interval), days = interval), "out/interval.csv", row.names = FALSE)
