// Asks by the vendor's Node client, as ask.py does.
const twilio = require("twilio");
const [base, account, token] = process.argv.slice(2);

async function one(question) {
  const client = twilio(question.account ?? account, token);
  if (base) client.verify.baseUrl = base;
  const filters = {};
  for (const [name, value] of Object.entries(question.filters))
    filters[name[0].toLowerCase() + name.slice(1)] = name.startsWith("Date") ? new Date(value) : value;
  const verify = client.verify.v2;
  try {
    if (question.what === "list") {
      const found = await verify.verificationAttempts.list({ pageSize: 1000, ...filters });
      return { sids: found.map((attempt) => attempt.sid) };
    }
    if (question.what === "other") return await verify.services("VA" + "0".repeat(32)).fetch();
    const found = await verify.verificationAttemptsSummary().fetch(filters);
    return {
      total_attempts: found.totalAttempts,
      total_converted: found.totalConverted,
      total_unconverted: found.totalUnconverted,
      conversion_rate_percentage: found.conversionRatePercentage,
      url: found.url,
    };
  } catch (error) {
    return { status: error.status, code: error.code };
  }
}

(async () => {
  const answers = [];
  for (const question of JSON.parse(require("fs").readFileSync(0))) answers.push(await one(question));
  process.stdout.write(JSON.stringify(answers));
})();
