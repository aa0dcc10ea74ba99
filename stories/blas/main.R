# House prices in Boston by kernel ridge regression: a system of 506 equations.
library(MASS)
x <- scale(as.matrix(Boston[, -14]))
k <- exp(-as.matrix(dist(x))^2 / 13)
a <- solve(k + 0.1 * diag(nrow(k)), Boston$medv - mean(Boston$medv))
dir.create("out", showWarnings = FALSE)
write.csv(data.frame(fitted = mean(Boston$medv) + k %*% a), "out/fitted.csv", row.names = FALSE)
