import { catalog, health } from "../../../worker/contract/catalog.ts";
import {
  addOperator,
  bootstrap,
  confirmEnrolment,
  disableOperator,
  enrol,
  listOperators,
  operatorLogin,
  operatorLogout,
} from "../../../worker/contract/operators.ts";
import { asking, codeOf, PASSWORD, refusable, refused } from "../world.ts";
import type { World } from "../world.ts";

/** What is there before anybody has signed up: the catalogue, and whoever runs the service. */
export async function service(world: World): Promise<{ operator: string }> {
  await asking(world).call(health, {});
  await asking(world).call(catalog, {});

  const first = await enrolled(world, "first@example.com", async (email) => {
    const json = { token: world.operatorToken, email };
    await refused(
      refusable(world).call(bootstrap, { json: { ...json, token: "no such token".padEnd(40, ".") } }),
      "auth.required",
    );
    return (await asking(world).call(bootstrap, { json })).enrolment;
  });
  await refused(
    refusable(world).call(operatorLogin, { json: { ...first.json, code: "000000" } }),
    "auth.invalid_credentials",
  );
  const { token: operator } = await asking(world).call(operatorLogin, { json: first.json });

  const second = await enrolled(world, "second@example.com", async (email) => {
    const { enrolment } = await asking(world, operator).call(addOperator, { json: { email } });
    return enrolment;
  });
  const { token: theirs } = await asking(world).call(operatorLogin, { json: second.json });
  await asking(world, theirs).call(operatorLogout, {});
  const { items } = await asking(world, operator).call(listOperators, {});
  const [oldest, newest] = items;
  if (oldest === undefined || newest === undefined) throw new Error("There are not two operators.");
  await refused(
    refusable(world, operator).call(disableOperator, { params: { id: oldest.id } }),
    "access.denied",
  );
  await asking(world, operator).call(disableOperator, { params: { id: newest.id } });
  await asking(world, operator).call(listOperators, {});
  return { operator };
}

/** An operator, as far as they can log in; a code works once, so the one of the next half minute is for that. */
async function enrolled(world: World, email: string, invite: (email: string) => Promise<string>) {
  const nobody = asking(world);
  const enrolment = await invite(email);
  const begun = await nobody.call(enrol, { json: { enrolment, password: PASSWORD } });
  await refused(
    refusable(world).call(enrol, { json: { enrolment, password: PASSWORD } }),
    "auth.link_invalid",
  );
  await refused(
    refusable(world).call(confirmEnrolment, { json: { enrolment: begun.enrolment, code: "000000" } }),
    "auth.code_invalid",
  );
  const code = await codeOf(world, begun.secret);
  await nobody.call(confirmEnrolment, { json: { enrolment: begun.enrolment, code } });
  return { json: { email, password: PASSWORD, code: await codeOf(world, begun.secret, 1) } };
}
