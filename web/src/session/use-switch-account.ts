import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { switchAccount } from "../../../worker/contract/auth.ts";
import { api } from "../api/client.ts";
import { tellOtherTabs } from "./other-tabs.ts";

/** Acts for another account from now on: everything shown is asked for anew. */
export function useSwitchAccount() {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  return useMutation({
    mutationFn: (accountId: string) => api.call(switchAccount, { json: { accountId } }),
    onSuccess: async () => {
      tellOtherTabs();
      await client.cancelQueries();
      navigate("/", { replace: true });
      await client.resetQueries();
    },
  });
}
