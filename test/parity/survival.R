# Writes fixtures/survival.json: what R's survival package says of its tables lung, veteran and rotterdam.
#
#   apt-get install r-cran-survival r-cran-jsonlite && Rscript test/parity/survival.R
#
# The package is LGPL (>= 2); of its tables only times, events, groups and a made risk score are kept,
# facts of published trials: lung (Loprinzi et al. 1994), veteran (Kalbfleisch and Prentice 1980),
# rotterdam (Foekens et al. 2000; Royston and Altman 2013).
library(survival)
library(jsonlite)

DIGITS <- 10
TRANSFORMS <- c("plain", "log", "log-log")

# Infinity has no JSON: what is never reached is null, as R's NA.
curve <- function(data, transform, level = 0.95, every = 1) {
  fit <- survfit(Surv(time, event) ~ 1, data, conf.type = transform, conf.int = level)
  keep <- seq(1, length(fit$time), every)
  middle <- quantile(fit, 0.5)
  list(
    transform = unbox(transform), level = unbox(level), length = unbox(length(fit$time)),
    every = unbox(every), time = fit$time[keep], atRisk = fit$n.risk[keep],
    events = fit$n.event[keep], censored = fit$n.censor[keep], survival = fit$surv[keep],
    # survfit's std.err is that of the cumulative hazard; Greenwood's is of the survival.
    standardError = summary(fit, times = fit$time[keep])$std.err,
    lower = fit$lower[keep], upper = fit$upper[keep],
    median = unbox(unname(middle$quantile)), medianLower = unbox(unname(middle$lower)),
    medianUpper = unbox(unname(middle$upper)))
}

logRank <- function(data, stratified) {
  fit <- if (stratified) survdiff(Surv(time, event) ~ group + strata(strata), data)
         else survdiff(Surv(time, event) ~ group, data)
  sums <- function(x) if (is.matrix(x)) rowSums(x) else x
  df <- length(fit$n) - 1
  list(observed = sums(fit$obs), expected = sums(fit$exp), statistic = unbox(fit$chisq),
       degreesOfFreedom = unbox(df),
       logPValue = unbox(pchisq(fit$chisq, df, lower.tail = FALSE, log.p = TRUE)))
}

# The partial log-likelihood at the given linear predictors and its gradient in them, which is the
# vector of martingale residuals.
cox <- function(data, ties) {
  fit <- coxph(Surv(time, event) ~ offset(risk), data, ties = ties)
  list(ties = unbox(ties), logLikelihood = unbox(fit$loglik[1]),
       gradient = unname(residuals(fit, "martingale")))
}

study <- function(name, data, every = 1) {
  list(
    name = unbox(name), time = data$time, event = data$event, group = data$group,
    strata = data$strata, risk = data$risk,
    kaplanMeier = c(lapply(TRANSFORMS, function(t) curve(data, t, every = every)),
                    list(curve(data, "log", level = 0.8, every = every))),
    logRank = logRank(data, FALSE), stratifiedLogRank = logRank(data, TRUE),
    concordance = unbox(unname(concordance(Surv(time, event) ~ risk, data, reverse = TRUE)$concordance)),
    cox = list(cox(data, "efron"), cox(data, "breslow")))
}

table <- function(time, event, group, strata, risk)
  data.frame(time = time, event = event, group = as.integer(factor(group)),
             strata = as.integer(factor(strata)), risk = round(risk, 2))

# Longer units make more ties.
inUnits <- function(data, unit) { data$time <- ceiling(data$time / unit); data }

known <- subset(lung, !is.na(ph.ecog))
lungs <- with(known, table(time, status - 1, ph.ecog, sex,
                           0.03 * (age - 60) - 0.5 * (sex - 1) + 0.4 * ph.ecog))
veterans <- with(veteran, table(time, status, celltype, trt, -0.03 * karno + 0.5 * (celltype == "adeno")))
rotterdams <- with(rotterdam, table(dtime, death, size, paste(grade, meno),
                                    0.08 * pmin(nodes, 20) + 0.02 * (age - 55)))

# Upper tails of chi-squared, far past the smallest double.
tails <- expand.grid(x = c(1e-3, 0.5, 1, 3.84, 20, 54.503, 200, 1000, 1400, 1500, 5000, 1e5, 1e7),
                     df = c(1, 2, 3, 5, 10, 37, 100, 1001))

writeLines(toJSON(list(
  R = unbox(as.character(getRversion())), survival = unbox(as.character(packageVersion("survival"))),
  licence = unbox("data: tables of the R package survival, LGPL (>= 2); minimal columns"),
  studies = list(study("lung", lungs), study("lung in months", inUnits(lungs, 30)),
                 study("veteran", veterans), study("rotterdam", rotterdams, every = 25),
                 study("rotterdam in years", inUnits(rotterdams, 365))),
  chiSquared = cbind(as.matrix(tails), pchisq(tails$x, tails$df, lower.tail = FALSE),
                     pchisq(tails$x, tails$df, lower.tail = FALSE, log.p = TRUE))),
  digits = I(DIGITS), na = "null"), "test/parity/fixtures/survival.json")
