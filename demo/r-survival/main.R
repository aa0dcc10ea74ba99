# Two of R's own real data sets: survival of 228 patients with advanced lung cancer (North
# Central Cancer Treatment Group, package survival), and the atmosphere's carbon dioxide at
# Mauna Loa from 1959 to 1997 (package datasets). Everything goes to out/.
library(survival)
suppressPackageStartupMessages(library(mgcv))

dir.create("out", showWarnings = FALSE)
table_to <- function(name, rows) {
  numbers <- vapply(rows, is.numeric, NA)
  rows[numbers] <- lapply(rows[numbers], function(x) format(x, digits = 15, trim = TRUE))
  write.csv(rows, file.path("out", name), row.names = FALSE, quote = FALSE)
}

# --- Who lives longer? Kaplan-Meier and Cox ------------------------------------------------
lung$sex <- factor(lung$sex, labels = c("men", "women"))
by_sex <- survfit(Surv(time, status) ~ sex, data = lung)
medians <- summary(by_sex)$table
table_to("survival_by_sex.csv", data.frame(
  group = c("men", "women"), patients = medians[, "records"], deaths = medians[, "events"],
  median_days = medians[, "median"], lower = medians[, "0.95LCL"], upper = medians[, "0.95UCL"]))

cox <- coxph(Surv(time, status) ~ sex + age + ph.ecog + wt.loss, data = lung)
effects <- summary(cox)$coefficients
table_to("hazard_ratios.csv", data.frame(
  term = rownames(effects), hazard_ratio = effects[, "exp(coef)"],
  standard_error = effects[, "se(coef)"], p = effects[, "Pr(>|z|)"]))

# --- Do the fit patients differ in age, weight loss and appetite from those in bed? ---------
fit <- subset(lung, ph.ecog == 0)
poorly <- subset(lung, ph.ecog == 2)
measures <- c("age", "wt.loss", "meal.cal")
tests <- lapply(measures, function(m) suppressWarnings(ks.test(fit[[m]], poorly[[m]])))
table_to("fit_against_poorly.csv", data.frame(
  measure = measures, D = vapply(tests, function(t) unname(t$statistic), 0),
  p = vapply(tests, function(t) t$p.value, 0)))

# --- How fast does carbon dioxide rise? ------------------------------------------------------
month <- data.frame(ppm = as.numeric(co2), year = as.numeric(time(co2)), season = as.numeric(cycle(co2)))
smooth <- gam(ppm ~ s(year, k = 20) + s(season, bs = "cc", k = 12), data = month, method = "REML")
at <- data.frame(year = seq(1960, 1997, by = 1), season = 6.5)
level <- predict(smooth, at)
table_to("co2_rise.csv", data.frame(year = at$year, ppm = as.numeric(level), rise = c(NA, diff(as.numeric(level)))))

model <- arima(co2, order = c(0, 1, 1), seasonal = c(0, 1, 1))
ahead <- predict(model, n.ahead = 24)
table_to("co2_forecast.csv", data.frame(
  month = sprintf("%d-%02d", floor(time(ahead$pred) + 1e-6), cycle(ahead$pred)),
  ppm = as.numeric(ahead$pred), standard_error = as.numeric(ahead$se)))

# --- A picture, and what a reader wants to know ----------------------------------------------
png(file.path("out", "survival_by_sex.png"), width = 900, height = 600, res = 110, type = "cairo")
plot(by_sex, col = c("#33608c", "#c2553f"), lwd = 2, xlab = "days", ylab = "still alive",
     main = "Advanced lung cancer: survival by sex", mark.time = TRUE)
legend("topright", c("men", "women"), col = c("#33608c", "#c2553f"), lwd = 2, bty = "n")
invisible(dev.off())

if (requireNamespace("jsonlite", quietly = TRUE)) {
  jsonlite::write_json(
    list(hazard_ratio_of_women = unname(effects["sexwomen", "exp(coef)"]),
         ppm_in_1997 = unname(as.numeric(tail(level, 1)))),
    file.path("out", "summary.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE)
}

cat(R.version.string, "with survival", format(packageVersion("survival")), "and mgcv", format(packageVersion("mgcv")), "\n")
cat(sprintf("Women's hazard is %.3f of men's (p = %.4f)\n", effects["sexwomen", "exp(coef)"], effects["sexwomen", "Pr(>|z|)"]))
for (i in seq_along(measures)) cat(sprintf("%-8s differs between fit and poorly with p = %.5f\n", measures[i], tests[[i]]$p.value))
cat(sprintf("Carbon dioxide rose by %.2f ppm in the last year\n", tail(diff(as.numeric(level)), 1)))
