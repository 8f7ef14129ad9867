// Checks the description in OpenAPI of a server by the rules of the standard,
// and prints what breaks them.
//
// Usage: node describe.mjs http://…/openapi.json
import { Validator } from '@seriousme/openapi-schema-validator';

const document = await (await fetch(process.argv[2])).json();
const validator = new Validator();
const { valid, errors } = await validator.validate(document);
if (!valid || validator.version !== '3.1') console.log(validator.version, JSON.stringify(errors, null, 1));
