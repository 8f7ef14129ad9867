// Checks deliveries to a webhook with the helpers of the public client: each with
// each secret, as it came and after it was changed.
import Mux from '@mux/mux-node';

const { deliveries, secrets } = JSON.parse(process.argv[2]);
const client = new Mux({ tokenId: 'unused', tokenSecret: 'unused' });

async function verdict(body, headers, secret) {
  try {
    const event = await client.webhooks.unwrap(body, headers, secret);
    return `${event.type} ${event.object.type}`;
  } catch (error) {
    return error.message;
  }
}

// changed has another value in a header of a signature.
function changed(headers, from, to) {
  return { ...headers, 'mux-signature': headers['mux-signature'].replace(from, to) };
}

const answers = [];
for (const { body, headers } of deliveries) {
  const first = Object.values(secrets)[0];
  const bySecret = {};
  for (const [name, secret] of Object.entries(secrets)) bySecret[name] = await verdict(body, headers, secret);
  answers.push({
    bySecret,
    otherBody: await verdict(body.replace('"id"', '"ID"'), headers, first),
    otherTime: await verdict(body, changed(headers, /^t=(\d+)/, (_, t) => `t=${Number(t) + 1}`), first),
    noSignature: await verdict(body, changed(headers, /,v1=.*/, ''), first),
  });
}
console.log(JSON.stringify(answers));
